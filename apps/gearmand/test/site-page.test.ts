import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PeekedJob, SiteSnapshot } from "@mod-gearman/site-page";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { z } from "zod";
import { PACKET, packet } from "./packet.ts";
import { pageStage } from "./page-stage.ts";
import { quiet, run, TestWorld } from "./world.ts";

test("queues, workers and jobs as JSON; the worker's own report comes by its status queue", async (context) => {
  const { socket, snapshot } = await pageStage(context);
  socket.write(
    Buffer.concat([
      packet(PACKET.SET_CLIENT_ID, "w1@mod_gearman_worker/1.0"),
      ...["service", "worker_w1"].map((name) => packet(PACKET.CAN_DO, name)),
      packet(PACKET.SUBMIT_JOB_BG, "service", "web-ping", "x"),
      packet(PACKET.SUBMIT_JOB_BG, "host", "web", "x"),
      packet(PACKET.GRAB_JOB),
    ]),
  );
  await expect.poll(async () => (await snapshot()).jobs.length).toBe(1);
  const first = await snapshot();
  expect(first.program).toBe("gearmand");
  expect(first.servers).toEqual([expect.objectContaining({ version: "1.2.3", isUp: true, running: 1 })]);
  expect(first.jobs[0]).toMatchObject({
    queue: "service",
    unique: "web-ping",
    worker: "w1@mod_gearman_worker",
  });
  // the question to the status queue is the next job of the worker
  socket.write(packet(PACKET.GRAB_JOB));
  const answer = JSON.stringify({ slots: 5, busy: 1, load: 1.5 });
  await expect
    .poll(async () => {
      const { jobs, workers } = await snapshot();
      const question = jobs.find(({ queue }) => queue === "worker_w1");
      if (question !== undefined) socket.write(packet(PACKET.WORK_COMPLETE, question.handle, answer));
      else socket.write(packet(PACKET.GRAB_JOB));
      return workers[0];
    })
    .toMatchObject({ name: "w1", slots: 5, load: 1.5 });
});

test("actions on queues and jobs, with the token: peek, move, pause, cancel, purge", async (context) => {
  const folder = tmpFolder(context);
  const token = "0123456789abcdef";
  writeFileSync(join(folder, "token"), `${token}\n`, { mode: 0o600 });
  const { socket, snapshot, port } = await pageStage(context, `--admin-token-file=${join(folder, "token")}`);
  const act = async (action: string, values: object) => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/actions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ action, ...values }),
    });
    return (await answer.text()).trim();
  };
  const latin1 = Buffer.from("b\u00fcro").toString("latin1");
  for (const unique of ["a", "b", "c"]) socket.write(packet(PACKET.SUBMIT_JOB_BG, latin1, unique, "sealed"));
  socket.write(packet(PACKET.SUBMIT_JOB_BG, "other", "a", "x"));
  await expect.poll(async () => (await snapshot()).servers[0]?.waiting).toBe(4);
  const server = (await snapshot()).servers[0]?.name;
  const queue = "b\u00fcro";
  const peeked = JSON.parse(await act("peek", { server, queue }));
  const schema = JSON.parse(await (await fetch(`http://127.0.0.1:${port}/api/schema?peek`)).text());
  expect(schema).toEqual(
    JSON.parse(readFileSync(new URL("../../../docs/schema/peeked-jobs.json", import.meta.url), "utf8")),
  );
  const { jobs } = z.fromJSONSchema(schema).parse(peeked) as { jobs: PeekedJob[] };
  expect(() => z.fromJSONSchema(schema).parse({ jobs: [{ ...jobs[0], state: "gone" }] })).toThrow();
  expect(jobs.map(({ unique, state }) => [unique, state])).toEqual([
    ["a", "waiting"],
    ["b", "waiting"],
    ["c", "waiting"],
  ]);
  expect(jobs[0]).toMatchObject({
    bytes: 6,
    workload: Buffer.from("sealed").toString("base64"),
    worker: null,
  });
  expect(await act("move", { server, queue, to: "other" })).toBe(
    "2 jobs of queue b\u00fcro were moved to other; 1 stayed, there are jobs with the same key.",
  );
  expect(await act("move", { server, queue, to: "none" })).toMatch(/there is no queue/);
  expect(await act("pause", { server, queue })).toBe("Queue b\u00fcro is paused.");
  expect(await act("resume", { server: "mon9:4730", queue })).toBe("this is done on the page of mon9:4730");
  expect(await act("cancel", { server, handle: jobs[0]?.handle })).toMatch(/is cancelled/);
  expect(await act("purge", { server, queue: "other" })).toBe("3 jobs of queue other were dropped.");
  expect(await act("peek", { server, queue: "none" })).toBe("there is no queue none");
  await expect.poll(async () => (await snapshot()).servers[0]?.waiting).toBe(0);
});

test("one page shows several job servers", async (context) => {
  const other = await pageStage(context);
  const { snapshot, port } = await pageStage(context, `--admin-servers=127.0.0.1:${other.port}`);
  other.socket.write(packet(PACKET.SUBMIT_JOB_BG, "host", "web", "x"));
  await expect
    .poll(async () => (await snapshot()).queues)
    .toEqual([expect.objectContaining({ server: `127.0.0.1:${other.port}`, name: "host", waiting: 1 })]);
  const own = await fetch(`http://127.0.0.1:${port}/api/site?own`);
  expect(((await own.json()) as SiteSnapshot).servers).toHaveLength(1);
});

test("a text that is no address of another server is refused at the start", async (context) => {
  const world = new TestWorld();
  expect(await run(quiet(tmpFolder(context), "--admin-servers=nowhere", "--check-args"), world)).toBe(1);
  expect(world.errors).toEqual(["gearmand: --admin-servers: nowhere is neither HOST:PORT nor PORT"]);
});
