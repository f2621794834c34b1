import { ClientError } from "@mod-gearman/client";
import { settle } from "@mod-gearman/testkit";
import { expect, test } from "vitest";

import type { CoreEvent } from "../src/link/core-link.ts";
import type { Message } from "../src/link/fields.ts";
import {
  accepted,
  check,
  handler,
  notification,
  PERFDATA,
  record,
  type Submit,
  setup,
} from "./event-intake-setup.ts";

/** EventIntake reports after the current turn of the event loop. */
const turn = (): Promise<void> => settle();

test("accepted events are answered together; checks are remembered until their result", async () => {
  const jobs: Submit[] = [];
  const { intake, sent, outstanding } = setup((job) => {
    jobs.push(job);
    return Promise.resolve(accepted);
  });
  for (const [i, name] of ["a", "b", "c"].entries()) intake.take(check(BigInt(i + 1), name));
  intake.take(handler(4n));
  intake.take(notification(5n));
  await turn();
  expect(sent).toEqual([{ name: "EVENT_DONE", seq: 5n }]);
  expect(outstanding.size).toBe(3);
  expect(intake.waiting).toBe(0);
  expect(jobs.map((job) => [job.function.toString(), job.priority])).toEqual([
    ["service", "low"],
    ["service", "low"],
    ["service", "low"],
    ["eventhandler", "normal"],
    ["notification", "high"],
  ]);
  expect(Buffer.from(jobs[3]?.data.toString() ?? "", "base64").toString()).toMatch(/^type=eventhandler\n/);
});

test("a failed submission is retried until it succeeds", async () => {
  const failures = [new Error("CONNECTION_LOST"), new Error("CONNECTION_LOST")];
  const { clock, intake, sent, statistics } = setup(() => {
    const error = failures.shift();
    return error === undefined ? Promise.resolve(accepted) : Promise.reject(error);
  });
  intake.take(check(1n, "a"));
  await clock.advance(1500);
  expect(sent).toEqual([]);
  await clock.advance(1000);
  await turn();
  expect(sent).toEqual([{ name: "EVENT_DONE", seq: 1n }]);
  const text = statistics.status({ hostName: "h", version: "1", resultWorkers: 1 });
  expect(text).toContain(" jobs=3c errors=2c"); // each attempt counts (neb-module.md 2.12)
});

test.for([
  ["an event handler", handler(1n), {}],
  ["a notification", notification(1n), {}],
  ["a check without unique keys", check(1n, "a"), { useUniqJobs: false }],
] as const)(
  "%s is submitted again under the same key, so that it is not doubled while it waits",
  async ([, event, over]) => {
    const uniques: (string | undefined)[] = [];
    const { clock, intake } = setup((job) => {
      uniques.push(job.unique?.toString());
      return uniques.length < 3 ? Promise.reject(new Error("CONNECTION_LOST")) : Promise.resolve(accepted);
    }, over);
    intake.take(event);
    await clock.advance(2500);
    expect(uniques).toHaveLength(3);
    expect(uniques[0]).toHaveLength(36);
    expect(new Set(uniques).size).toBe(1);
  },
);

test("the command of a check is kept once a job server has it, also where its result arrives elsewhere", async () => {
  let isThere = false;
  const submit = () => (isThere ? Promise.resolve(accepted) : Promise.reject(new Error("CONNECTION_LOST")));
  const { clock, intake, kept } = setup(submit, { resultWorkers: 0 });
  intake.take(check(1n, "a"));
  await clock.advance(500);
  expect(kept).toEqual([]);
  isThere = true;
  await clock.advance(1000);
  intake.take(handler(2n));
  await clock.advance(0);
  expect(kept).toEqual(["web01\0a"]);
});

test("a check without job server for 30 s is returned to the core; an event handler is kept longer", async () => {
  const { clock, intake, sent, lines } = setup(() => Promise.reject(new Error("no job server")));
  intake.take(check(1n, "a"));
  intake.take(handler(2n));
  await clock.advance(31_000);
  await turn();
  expect(sent).toEqual([{ name: "EVENT_REJECTED", seq: 1n, text: Buffer.from("no job server") }]);
  expect(lines).toEqual(["error: sending job to gearmand failed: no job server"]);
  expect(intake.waiting).toBe(1);
  await clock.advance(600_000);
  await turn();
  expect(sent.map((message) => message.name)).toEqual(["EVENT_REJECTED", "EVENT_REJECTED"]);
});

test("an event that can never become a job is rejected at once and does not delay the next one", async () => {
  const { intake, sent } = setup(() => Promise.resolve(accepted));
  intake.take({ ...check(1n, "a"), queue: Buffer.alloc(600, "q") } as CoreEvent);
  intake.take(check(2n, "b"));
  await turn();
  expect(sent.map((message) => message.name).toSorted()).toEqual(["EVENT_DONE", "EVENT_REJECTED"]);
});

test("an event that no job server would accept is rejected at once, not retried for minutes", async () => {
  let tries = 0;
  const { clock, intake, sent } = setup(() => {
    tries += 1;
    return Promise.reject(new ClientError("BAD_ARGUMENT", "NUL_IN_ARGUMENT"));
  });
  intake.take(handler(1n));
  await turn();
  expect(sent.map((message) => message.name)).toEqual(["EVENT_REJECTED"]);
  await clock.advance(5_000);
  expect(tries).toBe(1);
});

test("many failures are logged once a minute; their numbers add up, and each is answered", async () => {
  const { clock, intake, sent, lines } = setup(() => Promise.reject(new ClientError("BAD_ARGUMENT", "no")));
  for (let seq = 1n; seq <= 500n; seq += 1n) intake.take(check(seq, `s${seq}`));
  await turn();
  expect(sent.filter((message) => message.name === "EVENT_REJECTED")).toHaveLength(500);
  expect(lines).toHaveLength(1);
  await clock.advance(60_000);
  expect(lines[1]).toContain("(+498 similar)"); // without a further failure
  intake.take(check(501n, "x"));
  await turn();
  expect(lines).toHaveLength(2);
  intake.close();
  expect(lines.slice(2)).toEqual([lines[0]]);
});

test("an event that fails repeatedly does not delay the answers to all others", async () => {
  const { clock, intake, sent } = setup((job) =>
    job.function.toString() === "eventhandler"
      ? Promise.reject(new ClientError("SERVER_ERROR", "JOB_QUEUE_FULL"))
      : Promise.resolve(accepted),
  );
  intake.take(handler(1n));
  for (let seq = 2n; seq <= 4n; seq += 1n) intake.take(check(seq, `s${seq}`));
  await clock.advance(5_000);
  await turn();
  expect(sent.map((message) => message.name)).toEqual(["EVENT_REJECTED", "EVENT_DONE"]);
  expect(sent[1]).toEqual({ name: "EVENT_DONE", seq: 4n });
});

test("after a result that arrived before the acknowledgement of its job, no check is outstanding", async () => {
  const answer = Promise.withResolvers<typeof accepted>();
  const { intake, outstanding } = setup(() => answer.promise);
  intake.take(check(1n, "fast"));
  await turn();
  expect(outstanding.remove(Buffer.from("web01"), Buffer.from("fast"))).toMatchObject({ answered: true });
  answer.resolve(accepted);
  await turn();
  expect(outstanding.size).toBe(0);
});

test("two objects with the same joined names get different keys, also while both are being submitted", async () => {
  const uniques: string[] = [];
  const { intake } = setup((job) => {
    uniques.push(job.unique?.toString() ?? "");
    return Promise.resolve(accepted);
  });
  intake.take({ ...check(1n, "c"), host_name: Buffer.from("a-b") } as CoreEvent);
  intake.take({ ...check(2n, "b-c"), host_name: Buffer.from("a") } as CoreEvent);
  await turn();
  expect(new Set(uniques).size).toBe(2);
});

test("without result workers no check is tracked, so none counts as lost", async () => {
  const { intake, outstanding, sent } = setup(() => Promise.resolve(accepted), { resultWorkers: 0 });
  intake.take(check(1n, "a"));
  await turn();
  expect(sent).toEqual([{ name: "EVENT_DONE", seq: 1n }]);
  expect(outstanding.size).toBe(0);
});

test("an event handler that the core repeats on its next connection runs once", async () => {
  const jobs: Submit[] = [];
  const answer = Promise.withResolvers<typeof accepted>();
  const { intake, connect, link } = setup((job) => {
    jobs.push(job);
    return answer.promise;
  });
  intake.take(handler(1n));
  await turn();
  link.open = false;
  const next: Message[] = [];
  const again = connect({
    open: true,
    sendLater: setImmediate,
    send: (message: Message) => next.push(message) > 0,
  });
  again.take(handler(1n));
  await turn();
  expect(next).toEqual([]); // the first one is still pending
  answer.resolve(accepted);
  await turn();
  expect(next).toEqual([{ name: "EVENT_DONE", seq: 1n }]);
  expect(jobs).toHaveLength(1);
  again.take(handler(2n)); // another event of the core
  await turn();
  expect(jobs).toHaveLength(2);
});

test("a repeated event handler is submitted again if the first attempt failed", async () => {
  const failures = [new ClientError("TIMEOUT", "no answer")];
  const { intake, connect, link } = setup(() => {
    const error = failures.shift();
    return error === undefined ? Promise.resolve(accepted) : Promise.reject(error);
  });
  link.open = false;
  intake.take(handler(1n));
  const next: Message[] = [];
  connect({ open: true, sendLater: setImmediate, send: (message: Message) => next.push(message) > 0 }).take(
    handler(1n),
  );
  await turn();
  expect(next).toEqual([{ name: "EVENT_DONE", seq: 1n }]);
});

test("without the core, its events are not retried", async () => {
  const state = { tries: 0 };
  const { clock, intake, link, lines } = setup(() => {
    state.tries += 1;
    return Promise.reject(new Error("away"));
  });
  intake.take(check(1n, "a"));
  await turn();
  link.open = false;
  await clock.advance(20_000);
  expect(state.tries).toBe(1);
  expect(intake.waiting).toBe(0);
  expect(lines).toEqual([]); // the core has released the event: no failure
});

test("performance data: one job for each queue, answered when all are accepted; only what failed is repeated", async () => {
  const jobs: Submit[] = [];
  const { clock, intake, sent, outstanding } = setup((job) => {
    jobs.push(job);
    return jobs.length === 2 ? Promise.reject(new Error("CONNECTION_LOST")) : Promise.resolve(accepted);
  }, PERFDATA);
  intake.take(record(1n));
  await turn();
  expect(sent).toEqual([]);
  await clock.advance(1000);
  await turn();
  expect(sent).toEqual([{ name: "EVENT_DONE", seq: 1n }]);
  expect(jobs.map((job) => job.function.toString())).toEqual(["perfdata", "extra", "extra"]);
  expect(jobs[1]?.unique).toEqual(jobs[2]?.unique);
  expect(outstanding.size).toBe(0);
});

test.for([
  ["an event handler", handler(1n)],
  ["a notification", notification(1n)],
  ["performance data", record(1n)],
] as const)(
  "%s that a core leaves behind when it ends, or is reloaded, is still submitted",
  async ([, event]) => {
    const state = { tries: 0 };
    const { clock, intake, link, sent } = setup(
      () => {
        state.tries += 1;
        return state.tries < 4 ? Promise.reject(new Error("no job server")) : Promise.resolve(accepted);
      },
      { ...PERFDATA, perfdata: [Buffer.from("perfdata")] },
    );
    intake.take(event);
    await turn();
    Object.assign(link, { open: false, saidBye: true });
    intake.close();
    expect(intake.isUnfinished).toBe(true);
    await clock.advance(3000);
    await turn();
    expect(intake.isUnfinished).toBe(false);
    expect(state.tries).toBe(4);
    expect(intake.waiting).toBe(0);
    expect(sent).toEqual([{ name: "EVENT_DONE", seq: 1n }]); // a closed link sends nothing
  },
);

test("a check that a core leaves behind is given up: the core plans it again", async () => {
  const state = { tries: 0 };
  const { clock, intake, link } = setup(() => {
    state.tries += 1;
    return Promise.reject(new Error("no job server"));
  });
  intake.take(check(1n, "a"));
  await turn();
  Object.assign(link, { open: false, saidBye: true });
  await clock.advance(5000);
  expect([state.tries, intake.waiting]).toEqual([1, 0]);
});

test("event handlers and notifications that are lost after the core has said goodbye are named and counted", async () => {
  const { clock, intake, link, lines } = setup(() => Promise.reject(new Error("no job server")));
  intake.take(handler(1n));
  intake.take(notification(2n));
  await turn();
  Object.assign(link, { open: false, saidBye: true });
  intake.close();
  await clock.advance(700_000);
  await turn();
  expect(intake.waiting).toBe(0);
  expect(lines[0]).toBe(
    "error: sending job to gearmand failed: event handler of web01 is lost: no job server",
  );
  expect(lines.join("\n")).toMatch(/notification of web01|1 more/);
});

test("performance data that no server takes is counted as dropped, a check is not", async () => {
  const { intake, dropped, sent } = setup(
    () => Promise.reject(new ClientError("BAD_ARGUMENT", "too long")),
    PERFDATA,
  );
  intake.take(record(1n));
  intake.take(check(2n, "a"));
  await turn();
  expect(dropped).toEqual(["record"]);
  expect(sent.filter(({ name }) => name === "EVENT_REJECTED")).toHaveLength(2);
});

test("performance data of a connection that broke is left to the next one", async () => {
  const state = { tries: 0 };
  const { clock, intake, link, lines } = setup(
    () => {
      state.tries += 1;
      return Promise.reject(new Error("no job server"));
    },
    { ...PERFDATA, perfdata: [Buffer.from("perfdata")] },
  );
  intake.take(record(1n));
  await turn();
  link.open = false;
  await clock.advance(5000);
  expect(state.tries).toBe(1);
  expect(lines).toEqual([]);
});

test("a closed client ends the attempts, also after the core has said goodbye", async () => {
  const { clock, intake, link, lines } = setup(() => Promise.reject(new ClientError("CLOSED", "closed")), {
    ...PERFDATA,
    perfdata: [Buffer.from("perfdata")],
  });
  Object.assign(link, { open: false, saidBye: true });
  intake.take(record(1n));
  await turn();
  await clock.advance(0);
  expect(intake.waiting).toBe(0);
  expect(lines).toEqual(["error: sending job to gearmand failed: CLOSED: closed"]);
});
