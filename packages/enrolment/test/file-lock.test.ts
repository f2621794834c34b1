import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ManualClock, tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { withFileLock } from "../src/index.ts";

const settleUntil = async (isDone: () => boolean): Promise<void> => {
  while (!isDone()) await new Promise((resolve) => setImmediate(resolve));
};

test("the second call waits for the first one, and no file is left", async (context) => {
  const folder = tmpFolder(context);
  const path = join(folder, "list");
  const options = { clock: new ManualClock(), host: "core-1" };
  const done: string[] = [];
  let end = (): void => undefined;
  const first = withFileLock(path, options, async () => {
    await new Promise<void>((resolve) => {
      end = resolve;
    });
    done.push("first");
  });
  await settleUntil(() => existsSync(`${path}.lock`));
  const second = withFileLock(path, options, async () => done.push("second"));
  await settleUntil(() => options.clock.pending === 1);
  end();
  await first;
  options.clock.tick(250);
  await second;
  expect([done, readdirSync(folder)]).toEqual([["first", "second"], []]);
});

test("a lock is given back when the work fails", async (context) => {
  const folder = tmpFolder(context);
  const options = { clock: new ManualClock(), host: "core-1" };
  const failed = withFileLock(join(folder, "list"), options, async () => {
    throw new Error("no");
  });
  await expect(failed).rejects.toThrow("no");
  expect(readdirSync(folder)).toEqual([]);
});

/** That has started at another moment than the process of this number, if there is one. */
const gone = (line: string): string => line.replace(/^(\d+) \d+/, "$1 1");

test.for<[what: string, change: (own: string) => string]>([
  ["has ended, while its number is another one's", gone],
  ["has ended", (own) => own.replace(/^\d+/, "99999999")],
  ["was one of an earlier boot", (own) => own.replace(/^(\d+ \d+) [\w-]+/, "$1 00-11")],
])("a lock whose process %s is taken away", async ([, change], context) => {
  const folder = tmpFolder(context);
  const path = join(folder, "list");
  const options = { clock: new ManualClock(), host: "core-1" };
  const own = await withFileLock(path, options, async () => readFileSync(`${path}.lock`, "utf8"));
  writeFileSync(`${path}.lock`, change(own));
  expect(await withFileLock(path, options, async () => readFileSync(`${path}.lock`, "utf8"))).toBe(own);
  expect(readdirSync(folder)).toEqual([]);
});

test.for<[what: string, text: string, said: RegExp]>([
  [
    "of another machine",
    "99999999 1 00-11 core-2\n",
    /list\.lock is held by process 99999999 on core-2\. If/,
  ],
  ["that says nothing", "", /list\.lock is held by another process\. If/],
])("a lock %s stays, and the error names it", async ([, text, said], context) => {
  const path = join(tmpFolder(context), "list");
  writeFileSync(`${path}.lock`, text);
  const clock = new ManualClock();
  let isRun = false;
  const call = withFileLock(path, { clock, host: "core-1" }, async () => {
    isRun = true;
  }).catch((error: unknown) => error);
  for (let at = 0; at < 20; at++) {
    await settleUntil(() => clock.pending === 1);
    clock.tick(250);
  }
  expect(await call).toMatchObject({ code: "LOCKED", message: expect.stringMatching(said) });
  expect([isRun, readFileSync(`${path}.lock`, "utf8")]).toEqual([false, text]);
});
