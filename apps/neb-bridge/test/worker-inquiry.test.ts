import { systemClock } from "@mod-gearman/base";
import { FakeJobServer } from "@mod-gearman/testkit";
import { expect, onTestFinished, test } from "vitest";
import { WorkerInquiry } from "../src/worker-inquiry.ts";

/** A job server that answers each job itself. */
async function site() {
  const submitted: string[] = [];
  const server = new FakeJobServer({
    onPacket: (packet, connection) => {
      if (packet.name !== "SUBMIT_JOB_HIGH") return;
      submitted.push(`${packet.function} ${packet.unique} ${packet.data}`);
      const handle = Buffer.from(`H:x:${submitted.length}`);
      connection.send({ name: "JOB_CREATED", handle });
      connection.send({ name: "WORK_COMPLETE", handle, data: Buffer.from("status") });
    },
  });
  const servers = [await server.listen()];
  const inquiry = new WorkerInquiry(systemClock);
  onTestFinished(async () => {
    inquiry.close();
    await server.close();
  });
  return { inquiry, servers, submitted };
}

test("reports of a worker are one job of its queue, as those of a job server's page; each word of drain is its own", async () => {
  const { inquiry, servers, submitted } = await site();
  await inquiry.report(servers, "w1");
  await inquiry.report(servers, "w1");
  await inquiry.drain(servers, "w1", Buffer.from("sealed"));
  const [first, second, drain] = submitted;
  expect([first, second]).toEqual(Array(2).fill("worker_w1 site-page report"));
  expect(drain).not.toContain("site-page");
  expect(drain).toMatch(/^worker_w1 .* sealed$/);
});
