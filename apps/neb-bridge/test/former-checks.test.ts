import { memoryLogger } from "@mod-gearman/observe";
import { uniqueKey } from "@mod-gearman/payload";
import { ManualClock } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";

import type { OutstandingCheck } from "../src/check-row.ts";
import { FormerChecks } from "../src/former-checks.ts";
import { OUTSTANDING_LIMITS, OutstandingChecks } from "../src/outstanding.ts";

const servers = [{ host: "localhost", port: 4730 }];
const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
const web = { host_name: bytes("web01"), service_description: bytes("HTTP") };
const named = (host: string, service?: string) =>
  ({
    name: "CHECK_UNDER_WAY",
    host_name: bytes(host),
    ...(service === undefined ? {} : { service_description: bytes(service) }),
  }) as const;
const END = { name: "CHECK_UNDER_WAY" } as const;

/** A bridge that has just started, beside a core that a bridge before it served. */
function setup(over: { useUniqJobs?: boolean; resultWorkers?: number; maxChecks?: number } = {}) {
  const clock = new ManualClock();
  const logger = memoryLogger();
  const asked: OutstandingCheck[] = [];
  const lost: string[] = [];
  const moved: string[] = [];
  const state = { known: false, drained: true, replaced: false };
  const outstanding = new OutstandingChecks({
    ...OUTSTANDING_LIMITS,
    ...(over.maxChecks === undefined ? {} : { maxChecks: over.maxChecks }),
    clock,
    isKnown: (check) => {
      asked.push(check);
      return Promise.resolve(state.known);
    },
    mayAsk: () => true,
    drainedSince: (_ms, isFormer) => state.drained || !isFormer,
    isReplaced: () => state.replaced,
    submit: () => Promise.reject(new Error("nothing to submit")),
    onMoved: (line) => moved.push(line),
    onLost: ({ hostName, serviceDescription }, { isOverdue }) =>
      lost.push(`${hostName}/${serviceDescription ?? ""} ${isOverdue ? "overdue" : "again"}`),
  });
  const options = { useUniqJobs: true, resultWorkers: 1, servers, ...over };
  const former = new FormerChecks({ outstanding, logger, options: () => options });
  former.begin([]);
  const result = (planned?: bigint) =>
    outstanding.isSecond(
      {
        hostName: web.host_name,
        serviceDescription: web.service_description,
        ...(planned === undefined ? {} : { coreStartTime: planned }),
      },
      () => BigInt(Math.trunc(clock.wallMs())) * 1000n,
    );
  return { clock, logger, asked, lost, moved, state, outstanding, former, result };
}

test("a check whose job no server knows goes back to the core within seconds, and not as UNKNOWN", async () => {
  const { clock, former, asked, lost, moved, outstanding } = setup();
  former.named(named("web01", "HTTP"));
  former.named(named("db"));
  former.named(END);
  expect(outstanding.size).toBe(2);
  await clock.advance(3000);
  expect(asked.map(({ id, isFormer }) => [isFormer, "unique" in id ? id.unique.toString() : ""])).toEqual([
    [true, uniqueKey(bytes("web01-HTTP"))],
    [true, uniqueKey(bytes("db"))],
  ]);
  expect(lost).toEqual([]);
  await clock.advance(8000);
  expect(lost).toEqual(["web01/HTTP again", "db/ again"]);
  expect(outstanding.size).toBe(0);
  await clock.advance(3000);
  expect(moved).toEqual([
    "checks of a bridge before this one, on no job server any more: 0 put on a job server again, 2 given back to the core",
  ]);
});

test("the log says how many there are", () => {
  const { former, logger } = setup();
  former.named(named("db"));
  former.named(END);
  expect(logger.lines).toEqual([
    "info: 1 checks under way were handed to a bridge before this one: the job servers are asked for them",
  ]);
});

test("200,000 jobs that still wait are asked for, and stay where they are", { timeout: 30_000 }, async () => {
  const { clock, former, asked, lost, state, outstanding } = setup();
  state.known = true;
  for (let number = 0; number < 200_000; number++) former.named(named("web01", `s${number}`));
  former.named(END);
  await clock.advance(5000);
  expect(asked.length).toBe(200_000);
  await clock.advance(60_000);
  expect([lost, outstanding.size]).toEqual([[], 200_000]);
});

test("a result in time ends it, and its times are not made up", async () => {
  const { clock, former, outstanding, lost, result } = setup();
  former.named(named("web01", "HTTP"));
  former.named(END);
  expect(outstanding.remove(web.host_name, web.service_description)).toBeUndefined();
  await clock.advance(60_000);
  expect([lost, outstanding.size, result()]).toEqual([[], 0, false]);
});

test("a result that waits in the result queue is waited for", async () => {
  const { clock, former, asked, lost, state } = setup();
  state.drained = false;
  former.named(named("web01", "HTTP"));
  await clock.advance(300_000);
  expect([lost, asked.length]).toEqual([[], 1]);
  state.drained = true;
  await clock.advance(10_000);
  expect([lost, asked.length]).toEqual([["web01/HTTP again"], 2]);
});

describe("it is known here already", () => {
  test("since it was handed over to this bridge", () => {
    const { former, outstanding } = setup();
    outstanding.claim("web01\0HTTP", "u");
    former.named(named("web01", "HTTP"));
    expect(outstanding.size).toBe(0);
  });

  test("since its result is on the way to the core, from before and from just now", () => {
    const { former, outstanding } = setup();
    former.begin([web]);
    former.answered({ host_name: bytes("db"), service_description: undefined });
    for (const one of [named("web01", "HTTP"), named("db"), named("web01")]) former.named(one);
    former.named(END);
    expect([...outstanding.rows].map(({ key }) => key)).toEqual(["web01"]);
  });
});

test("once it is given back, a late result of the former run is dropped, that of the next one is taken", async () => {
  const { clock, former, result } = setup();
  former.named(named("web01", "HTTP"));
  const adopted = BigInt(Math.trunc(clock.wallMs())) * 1000n;
  await clock.advance(10_000);
  expect(result(adopted - 1_000_000n)).toBe(true);
  expect(result(adopted + 9_000_000n)).toBe(false);
});

test("the next run of the object takes its place", () => {
  const { former, outstanding } = setup();
  former.named(named("web01", "HTTP"));
  const unique = uniqueKey(bytes("web01-HTTP"));
  expect(outstanding.isTaken(unique, "web01\0HTTP")).toBe(false);
  expect(outstanding.isTaken(unique, "web01-HTTP")).toBe(true);
  const claim = outstanding.claim("web01\0HTTP", unique);
  const plain = {
    queue: bytes("service"),
    unique: bytes(unique),
    priority: "low",
    text: bytes("x"),
  } as const;
  const [server] = servers;
  if (server !== undefined)
    outstanding.accept(claim, { handle: bytes("H:x:1"), server, timeoutMs: 1000, coreTime: 1n, plain });
  expect([...outstanding.rows].map(({ queue }) => queue)).toEqual(["service"]);
});

test("without unique keys no server can be asked: the log says what becomes of them", () => {
  const { former, outstanding, logger } = setup({ useUniqJobs: false });
  former.named(named("db"));
  former.named(END);
  expect(outstanding.size).toBe(0);
  expect(logger.lines[0]).toMatch(/^info: 1 checks under way .*use_uniq_jobs=no .* runs again what is lost/);
});

test("without result workers no result comes here: nothing is waited for", () => {
  const { former, outstanding } = setup({ resultWorkers: 0 });
  former.named(named("db"));
  former.named(END);
  expect(outstanding.size).toBe(0);
});

test("beyond the limit of the table they are counted", () => {
  const { former, outstanding } = setup({ maxChecks: 1 });
  former.named(named("db"));
  former.named(named("web01"));
  expect([outstanding.size, outstanding.unwatched]).toEqual([1, 1]);
});

test("the server that stands for all of them is replaced: they are asked for on the others", async () => {
  const { clock, former, asked, lost, state } = setup();
  state.known = true;
  state.replaced = true;
  former.named(named("web01", "HTTP"));
  await clock.advance(10_000);
  expect([asked.length > 0, lost]).toEqual([true, []]);
});
