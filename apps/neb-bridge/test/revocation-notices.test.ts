import { memoryLogger } from "@mod-gearman/observe";
import { type FakeConnection, FakeJobServer, ManualClock, settle } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { RevocationNotices } from "../src/revocation-notices.ts";

const servers = [4730, 4731].map((port) => ({ host: "localhost", port }));
const notice = (name: string) => ({ queue: Buffer.from(`worker_${name}`), data: Buffer.from("sealed") });

/** Job servers on which a worker answers each job, or none does. */
function setup(answers: boolean) {
  const clock = new ManualClock();
  const submitted: string[] = [];
  const delivered = { count: 0 };
  let open = 0;
  const server = new FakeJobServer({
    onConnect: (connection: FakeConnection) => {
      open += 1;
      void connection.closed.then(() => {
        open -= 1;
      });
    },
    onPacket: (packet, connection) => {
      if (packet.name !== "SUBMIT_JOB_HIGH") return;
      submitted.push(`${packet.function} ${packet.data}`);
      const handle = Buffer.from(`H:x:${submitted.length}`);
      connection.send({ name: "JOB_CREATED", handle });
      if (answers) connection.send({ name: "WORK_COMPLETE", handle, data: Buffer.from("status") });
    },
  });
  const notices = new RevocationNotices({
    ...{ servers, clock, logger: memoryLogger(), duplex: server.connect },
    onDelivered: () => {
      delivered.count += 1;
    },
  });
  return { clock, submitted, delivered, notices, open: () => open };
}

test("a notice goes to the worker on all job servers, and no connection is left", async () => {
  const { submitted, delivered, notices, open } = setup(true);
  notices.send([notice("w1")]);
  await settle();
  expect(submitted).toEqual(["worker_w1 sealed", "worker_w1 sealed"]);
  expect([delivered.count, open()]).toEqual([2, 0]);
});

test("one that no worker takes ends with its connection", async () => {
  const { clock, submitted, delivered, notices, open } = setup(false);
  notices.send([notice("w1")]);
  await settle();
  expect([submitted.length, open()]).toEqual([2, 2]);
  await clock.advance(4000);
  expect([delivered.count, open()]).toEqual([0, 0]);
});

test("a worker has one notice a second at most, and only so many at once", async () => {
  const { clock, submitted, notices } = setup(true);
  for (let at = 0; at < 100; at++) notices.send([notice("w1")]);
  await settle();
  expect(submitted).toHaveLength(2);
  await clock.advance(1000);
  notices.send(Array.from({ length: 100 }, (_, at) => notice(`n${at}`)));
  await settle();
  expect(submitted).toHaveLength(2 + 2 * 64);
  notices.close();
  await clock.advance(1000);
  notices.send([notice("w1")]);
  await settle();
  expect(submitted).toHaveLength(2 + 2 * 64);
});
