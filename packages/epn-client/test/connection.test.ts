import { settle } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { FakeEpn } from "./fake-epn-servers.ts";

// A connection serves one run after the other while the server says that it waits for another request.

const OK = { rc: 0, stdout: "OK" };
/** No process has this id: its group cannot be signalled. */
const NO_PROCESS = 2 ** 30;

test("a run takes the connection of one that has ended in order", async (context) => {
  const fake = new FakeEpn(context);
  await fake.start();
  const first = await fake.run("first");
  await first.answer({ ...OK, keep: 1 });
  const second = await fake.run("second");
  expect(fake.connections).toBe(1);
  await second.answer({ ...OK, rc: 1, keep: 1 });
  expect([first, second].map(({ outcomes }) => outcomes)).toMatchObject([
    [{ exitCode: 0 }],
    [{ exitCode: 1 }],
  ]);
});

test("concurrent runs have a connection each", async (context) => {
  const fake = new FakeEpn(context);
  await fake.start();
  const runs = [await fake.run("a"), await fake.run("b")];
  expect(fake.connections).toBe(2);
  for (const run of runs) await run.answer({ ...OK, keep: 1 });
  for (const name of ["c", "d"]) await fake.run(name);
  expect(fake.connections).toBe(2);
});

test.for([
  ["the server does not keep it", (run) => run.answer(OK)],
  ["more than the answer has come", (run) => run.answer({ ...OK, keep: 1 }, "{")],
  [
    "something comes behind the answer",
    (run) => run.answer({ ...OK, keep: 1 }).then(() => run.answer({ pid: NO_PROCESS })),
  ],
  ["the server has closed it", (run) => run.answer({ ...OK, keep: 1 }).then(() => run.peer.destroy())],
  ["the run was refused", (run) => run.answer({ ...OK, rc: 3, error: "compile", keep: 1 })],
] as const satisfies readonly (readonly [string, (run: Awaited<ReturnType<FakeEpn["run"]>>) => unknown])[])(
  "another connection where %s",
  async ([, end], context) => {
    const fake = new FakeEpn(context);
    await fake.start();
    const first = await fake.run("first");
    await end(first);
    await settle();
    expect(first.outcomes).toHaveLength(1);
    const second = await fake.run("second");
    expect(fake.connections).toBe(2);
    await second.answer({ ...OK, keep: 1 });
    expect(second.outcomes).toMatchObject([{ exitCode: 0 }]);
  },
);

test("a run that was stopped closes its connection", async (context) => {
  const fake = new FakeEpn(context);
  await fake.start();
  const run = await fake.run();
  await run.answer({ pid: NO_PROCESS });
  const aborted = fake.epn.abortAll("at once");
  await run.answer({ rc: 3, signal: 15, keep: 1 });
  await aborted;
  expect(run.outcomes).toMatchObject([{ aborted: true }]);
  await fake.run("next");
  expect(fake.connections).toBe(2);
});

test("connections of one server are not used for another", async (context) => {
  const fake = new FakeEpn(context);
  const old = await fake.start();
  const first = await fake.run();
  await first.answer({ ...OK, keep: 1 });
  old.gone();
  fake.clock.tick(1000);
  fake.last.ready();
  await fake.run();
  expect(fake.connections).toBe(2);
});
