import type { AdminQuery } from "@mod-gearman/client";
import { ManualClock, settle } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { call } from "./tool.ts";

const EMPTY = "\r\u001b[K";

/** A server of ours with these many waiting jobs, whose purges and moves are done when the test says so. */
function busyServer() {
  const done = Promise.withResolvers<void>();
  const seen = { waiting: 100_000, looks: 0, commands: 0 };
  const query: AdminQuery = async (_server, commands) => {
    if (commands[0] === "queue list") {
      seen.looks += 1;
      const line = Buffer.from(`service\t-\t0\t${seen.waiting}\t0\t0\t0\t1\t5\t100`);
      return [{ kind: "table", lines: [line] }];
    }
    seen.commands += 1;
    await done.promise;
    return [{ kind: "line", line: Buffer.from("OK dropped=100000 moved=100000") }];
  };
  return { query, seen, finish: () => done.resolve() };
}

async function pass(clock: ManualClock, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    await clock.advance(1000);
    await settle();
  }
}

test.for([
  [["purge", "service", "-y"], "dropped", "100000 jobs of service dropped"],
  [["move", "service", "other"], "moved", "100000 jobs of service moved to other"],
] as const)("%j shows on a terminal how far it is, and removes the line", async ([argv, what, text]) => {
  const { query, seen, finish } = busyServer();
  const clock = new ManualClock();
  let shown = "";
  const terminal = (more: string): void => {
    shown += more;
  };
  const called = call(argv, { query, clock, terminal });
  await expect.poll(() => clock.pending).toBe(1);
  seen.waiting = 70_000;
  await pass(clock, 1);
  seen.waiting = 20_000;
  await pass(clock, 1);
  finish();
  const { exitCode, stdout, stderr } = await called;
  expect({ exitCode, stdout, stderr }).toEqual({
    ...{ exitCode: 0, stdout: `localhost:4730: ${text}\n`, stderr: "" },
  });
  expect(shown).toBe(
    `${EMPTY}30000 of 100000 jobs ${what}, 30000/s${EMPTY}80000 of 100000 jobs ${what}, 40000/s${EMPTY}`,
  );
  expect(clock.pending).toBe(0);
});

test("without a terminal nothing is shown, and the server is not looked at for it", async () => {
  const { query, seen, finish } = busyServer();
  const clock = new ManualClock();
  const called = call(["move", "service", "other"], { query, clock });
  await expect.poll(() => seen.commands).toBe(1);
  await pass(clock, 3);
  finish();
  expect(await called).toMatchObject({ exitCode: 0, stderr: "" });
  expect(seen.looks).toBe(0);
});
