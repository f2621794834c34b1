import type { StatusAnswer } from "@mod-gearman/client";
import { ManualClock, settle } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { QueuePoll, type ServerQueues } from "../src/queue-poll.ts";

const server = { host: "one", port: 4730 };

test("asks every five seconds while someone needs it; a server that does not answer is left out", async () => {
  const clock = new ManualClock();
  const start = clock.monotonicMs();
  const got: ServerQueues[] = [];
  const answers: StatusAnswer[] = [
    { kind: "timeout" },
    {
      kind: "status",
      queues: [{ queue: Buffer.from("q"), total: 3, running: 1, workers: 2 }],
      version: Buffer.of(),
    },
  ];
  let asked = 0;
  let servers = [server];
  const poll = new QueuePoll({
    clock,
    query: () => {
      asked += 1;
      return Promise.resolve(answers.shift() ?? { kind: "timeout" });
    },
  });
  poll.add({ servers: () => servers, onStatus: (status) => got.push(status) });
  await clock.advance(5000);
  await clock.advance(5000);
  await settle();
  expect(got.map(({ queues }) => [...queues])).toEqual([[["q", { total: 3, running: 1, workers: 2 }]]]);
  expect(got[0]).toMatchObject({ server, askedAt: start + 10_000 });
  servers = [];
  await clock.advance(60_000);
  expect(asked).toBe(2);
  servers = [server];
  poll.close();
  await clock.advance(60_000);
  expect(asked).toBe(2);
});
