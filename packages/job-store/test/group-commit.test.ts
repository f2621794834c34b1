import type { Logger } from "@mod-gearman/base";
import { nullLogger } from "@mod-gearman/base";
import { expect, test } from "vitest";
import { StoreError } from "../src/errors.ts";
import { GroupCommit, type GroupCommitOptions } from "../src/group-commit.ts";
import type { Change } from "../src/stored-job.ts";
import { FakeDriver, job } from "./fake-driver.ts";

function storeOver(driver: FakeDriver, options: GroupCommitOptions = {}) {
  const lines: string[] = [];
  const logger: Logger = {
    ...nullLogger,
    error: (text) => lines.push(`error ${text}`),
    warn: (text) => lines.push(`warn ${text}`),
  };
  const store = new GroupCommit(driver, { logger, ...options });
  const add = (key: string) => new Promise<boolean>((resolve) => store.add(job(key), resolve));
  return { store, add, lines };
}

/** Transactions that wait until they are released. */
function gate(driver: FakeDriver) {
  const waiting: PromiseWithResolvers<void>[] = [];
  let onNext: (() => void) | undefined;
  driver.onWrite = () => {
    const one = Promise.withResolvers<void>();
    waiting.push(one);
    onNext?.();
    return one.promise;
  };
  return async (): Promise<PromiseWithResolvers<void>> => {
    if (waiting.length === 0) await new Promise<void>((resolve) => (onNext = resolve));
    return waiting.shift() as PromiseWithResolvers<void>;
  };
}

test("what comes at once is one transaction, what comes meanwhile is the next one", async () => {
  const driver = new FakeDriver();
  const { store, add } = storeOver(driver);
  const next = gate(driver);
  const first = Promise.all([add("a"), add("b")]);
  const one = await next();
  const second = Promise.all([add("c"), add("d")]);
  expect(driver.rows.size).toBe(0);
  one.resolve();
  expect(await first).toEqual([true, true]);
  (await next()).resolve();
  expect(await second).toEqual([true, true]);
  expect(driver.transactions).toEqual([
    ["a", "b"],
    ["c", "d"],
  ]);
  await expect
    .poll(() => store.health())
    .toMatchObject({ commits: 2, changes: 4, pending: 0, pendingBytes: 0, refused: 0 });
});

test("no answer comes before the commit", async () => {
  const driver = new FakeDriver();
  const { store } = storeOver(driver);
  const next = gate(driver);
  let isDone = false;
  store.add(job("a"), () => {
    isDone = true;
  });
  const one = await next();
  expect(isDone).toBe(false);
  expect(store.health()).toMatchObject({ pending: 1, isRefusing: false });
  one.resolve();
  await expect.poll(() => isDone).toBe(true);
});

test("a job that is removed before its commit is answered and never written", async () => {
  const driver = new FakeDriver();
  const { store, add } = storeOver(driver);
  const added = add("a");
  store.remove(job("a"));
  expect(await added).toBe(true);
  expect(driver.transactions).toEqual([["-a"]]);
  expect(driver.rows.size).toBe(0);
});

test("a row that is removed and added again stays", async () => {
  const driver = new FakeDriver();
  const { store, add } = storeOver(driver);
  await add("a");
  store.remove(job("a"));
  expect(await add("a")).toBe(true);
  expect([...driver.rows.keys()]).toEqual(["a"]);
});

test("a store that fails is tried again, and nothing is refused", async () => {
  const driver = new FakeDriver();
  const { store, add, lines } = storeOver(driver);
  let failures = 3;
  driver.onWrite = () => {
    failures -= 1;
    if (failures >= 0) throw new StoreError("UNAVAILABLE", "database is locked");
  };
  expect(await Promise.all([add("a"), add("b")])).toEqual([true, true]);
  expect(store.health()).toMatchObject({ failures: 3, commits: 1, refused: 0, reason: undefined });
  expect(lines).toEqual(["warn fake: database is locked, trying again", "warn fake: works again"]);
});

test("what waits too long is refused, then everything at once, until the store works again", async () => {
  const driver = new FakeDriver();
  let nowMs = 0;
  const { store, add, lines } = storeOver(driver, { patienceMs: 1000, nowMs: () => nowMs });
  let isAway = true;
  driver.onWrite = () => {
    if (isAway) throw new StoreError("UNAVAILABLE", "gone");
  };
  const first = add("a");
  await expect.poll(() => store.health().failures).toBeGreaterThan(0);
  nowMs = 1000;
  expect(await first).toBe(false);
  expect(store.health()).toMatchObject({ isRefusing: true, reason: "gone" });
  expect(await add("b")).toBe(false);
  isAway = false;
  await expect.poll(() => store.health().isRefusing).toBe(false);
  expect(await add("c")).toBe(true);
  expect([...driver.rows.keys()]).toEqual(["c"]);
  expect(driver.transactions.flat()).not.toContain("b");
  expect(lines).toEqual([
    "warn fake: gone, trying again",
    "error fake: background jobs are refused: gone",
    "warn fake: works again",
  ]);
});

test("a transaction that hangs: its jobs are refused, and removed if it ends after all", async () => {
  const driver = new FakeDriver();
  let nowMs = 0;
  const { store, add } = storeOver(driver, { patienceMs: 1000, nowMs: () => nowMs });
  const next = gate(driver);
  const first = add("a");
  const hanging = await next();
  nowMs = 1000;
  expect(await first).toBe(false);
  expect(store.health()).toMatchObject({ isRefusing: true, reason: "no commit within 1 s", refused: 1 });
  driver.onWrite = () => undefined;
  hanging.resolve();
  await expect.poll(() => driver.transactions).toEqual([["a"], ["-a"]]);
  expect(driver.rows.size).toBe(0);
  expect(await add("a")).toBe(true);
});

test("one job that the store never takes is refused alone", async () => {
  const driver = new FakeDriver();
  const { store, add, lines } = storeOver(driver);
  driver.onWrite = (changes: readonly Change[]) => {
    if (changes.some((change) => "add" in change && change.add.key === "5"))
      throw new StoreError("REFUSED", "too long");
  };
  const keys = [...Array(9).keys()].map(String);
  const results = await Promise.all(keys.map(add));
  expect(results).toEqual(keys.map((key) => key !== "5"));
  expect([...driver.rows.keys()]).toEqual(keys.filter((key) => key !== "5"));
  await expect.poll(() => store.health()).toMatchObject({ isRefusing: false, refused: 1, pending: 0 });
  expect(lines).toEqual(["error fake: cannot store a job of f: too long"]);
});

test("a store that takes long and then refuses the job it has works: the next ones are tried", async () => {
  const driver = new FakeDriver();
  let nowMs = 0;
  const { store, add, lines } = storeOver(driver, { patienceMs: 1000, nowMs: () => nowMs });
  const next = gate(driver);
  const first = add("a");
  const hanging = await next();
  nowMs = 1000;
  expect(await first).toBe(false);
  expect(store.health().isRefusing).toBe(true);
  driver.onWrite = () => undefined;
  hanging.reject(new StoreError("REFUSED", "too long"));
  await expect.poll(() => store.health()).toMatchObject({ isRefusing: false, reason: undefined, pending: 0 });
  expect(await add("b")).toBe(true);
  expect(lines).toEqual([
    "error fake: background jobs are refused: no commit within 1 s",
    "warn fake: works again",
    "error fake: cannot store a job of f: too long",
  ]);
});

test("more than the bound is refused at once, but never the only one", async () => {
  const driver = new FakeDriver();
  const { store, lines } = storeOver(driver, { maxPendingBytes: 1000 });
  const next = gate(driver);
  const results: string[] = [];
  const large = (key: string) =>
    store.add(job(key, { data: Buffer.alloc(2000) }), (isStored) => results.push(`${key} ${isStored}`));
  large("a");
  large("b");
  large("c");
  await expect.poll(() => results).toEqual(["b false", "c false"]);
  const reason = "more than 1000 bytes would wait for their commit";
  expect(store.health()).toMatchObject({ isRefusing: true, reason });
  (await next()).resolve();
  await expect.poll(() => results).toEqual(["b false", "c false", "a true"]);
  expect(store.health()).toMatchObject({ isRefusing: false, reason: undefined });
  expect(lines).toEqual([`error fake: background jobs are refused: ${reason}`]);
});

test("close makes what is pending", async () => {
  const driver = new FakeDriver();
  const { store, add } = storeOver(driver);
  const added = Promise.all([add("a"), add("b")]);
  await store.close();
  expect(await added).toEqual([true, true]);
  expect([...driver.rows.keys()]).toEqual(["a", "b"]);
  expect(driver.isClosed).toBe(true);
});

test("close gives up after the time that a job may wait, and says what is not stored", async () => {
  const driver = new FakeDriver();
  const { store, add, lines } = storeOver(driver, { patienceMs: 100 });
  driver.onWrite = () => {
    throw new StoreError("UNAVAILABLE", "gone");
  };
  void add("a");
  await store.close();
  expect(driver.isClosed).toBe(true);
  expect(lines.at(-1)).toMatch(/^error fake: \d+ changes were not stored: gone$/);
});

test("open hands out what is stored; unknown priorities are normal (X10)", async () => {
  const driver = new FakeDriver();
  driver.found = [
    job("a", { priority: 2 }),
    { ...job("b"), priority: 7 },
    { ...job("c"), priority: Number.NaN },
  ];
  const { store, lines } = storeOver(driver);
  const found: string[] = [];
  await store.open(({ key, priority }) => found.push(`${key} ${priority}`));
  expect(found).toEqual(["a 2", "b 1", "c 1"]);
  expect(lines).toEqual(["warn fake: 2 jobs without a known priority are taken as normal"]);
});
