import { once } from "node:events";
import { connect } from "node:net";
import { freePort, tmpFolder } from "@mod-gearman/testkit";
import { expect, type TestContext, test } from "vitest";
import { shownFunctions } from "../src/shown-functions.ts";
import { PACKET, packet } from "./packet.ts";
import { quiet, run, TestWorld } from "./world.ts";

/** A running program with pages, and what they say. */
async function site(context: TestContext) {
  const port = await freePort();
  const world = new TestWorld();
  const ended = run(quiet(tmpFolder(context), `--admin-listen=${port}`, "--verbose=INFO"), world);
  await world.isListening;
  context.onTestFinished(async () => {
    world.wish("stop");
    await ended;
  });
  const get = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: answer.status, text: await answer.text() };
  };
  const socket = connect(world.server?.address()?.port ?? 0, "127.0.0.1");
  context.onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  return { port, world, ended, get, socket };
}

test("/metrics has the families of gearman-exporter and more, by function", async (context) => {
  const { get, socket, port, world } = await site(context);
  const names = Buffer.from("größe").toString("latin1");
  const jobs = ["a", "b", "b"].map((unique) => packet(PACKET.SUBMIT_JOB_BG, "f", unique, "12345"));
  socket.write(
    Buffer.concat([
      packet(PACKET.CAN_DO, "f"),
      ...jobs,
      packet(PACKET.GRAB_JOB),
      packet(PACKET.CAN_DO, names),
    ]),
  );
  socket.write(packet(PACKET.SUBMIT_JOB_BG, "bad \xff", "", ""));
  await expect.poll(() => world.server?.stats().functions).toBe(3);
  const { status, text } = await get("/metrics");
  expect(status).toBe(200);
  const lines = text.split("\n");
  for (const line of [
    "gearman_up 1",
    'gearman_version_info{version="1.2.3"} 1',
    'gearman_jobs{function="f"} 2',
    'gearman_jobs_running{function="f"} 1',
    'gearman_jobs_waiting{function="f"} 1',
    'gearman_workers{function="f"} 1',
    'gearman_workers{function="größe"} 1',
    'gearman_jobs{function="bad \\\\xff"} 1',
    'gearman_queue_bytes{function="f"} 10',
    'gearman_jobs_grabbed_total{function="f"} 1',
    'gearman_jobs_coalesced_total{function="f"} 1',
    'gearman_jobs_requeued_total{function="f"} 0',
    'gearman_server_jobs_dropped_total{reason="age"} 0',
    "gearman_server_jobs_created_total 3",
    "gearman_functions_omitted 0",
    "gearman_connections 1",
    "# TYPE gearman_jobs gauge",
    "# TYPE process_resident_memory_bytes gauge",
  ])
    expect(lines).toContain(line);
  expect(text).toMatch(/gearman_job_oldest_waiting_seconds\{function="f"\} \d/);
  expect(world.logged).toContain(`Serving /metrics and /healthz on 127.0.0.1:${port}\n`);
});

test("/healthz is 503 while no jobs are taken", async (context) => {
  const { get, socket, world } = await site(context);
  socket.write(packet(PACKET.SUBMIT_JOB_BG, "f", "", ""));
  await expect.poll(() => world.server?.stats().jobs).toBe(1);
  expect(await get("/healthz")).toEqual({ status: 200, text: "ok\n" });
  world.wish("drain"); // a job is left
  expect(await get("/healthz")).toEqual({ status: 503, text: "shutting down\n" });
  expect((await get("/metrics")).text).toContain("\ngearman_up 0\n");
});

test("an address that cannot be used ends the start, a text that is no address is refused", async (context) => {
  const { port } = await site(context);
  const world = new TestWorld();
  expect(await run(quiet(tmpFolder(context), `--admin-listen=${port}`), world)).toBe(1);
  expect(world.errors).toEqual([
    expect.stringMatching(new RegExp(`^gearmand: cannot serve --admin-listen=${port}: .*EADDRINUSE`)),
  ]);
  for (const check of ["--check-args", "--check-config"]) {
    const other = new TestWorld();
    await run(quiet(tmpFolder(context), "--admin-listen=nowhere", check), other);
    expect(other.errors).toEqual(["gearmand: --admin-listen: nowhere is neither HOST:PORT nor PORT"]);
  }
});

test("of many functions those with jobs or workers are shown first, the rest is counted", async () => {
  const queue = (name: string, waiting: number) =>
    ({ name, waiting, running: 0, workers: 0 }) as unknown as Parameters<
      typeof shownFunctions
    >[0] extends Iterable<infer Q>
      ? Q
      : never;
  const queues = [queue("a", 0), queue("b", 0), queue("c", 1), queue("d", 2)];
  const shown = await shownFunctions(queues, 3);
  expect(shown.functions.map(({ label }) => label)).toEqual(["c", "d", "a"]);
  expect(shown.omitted).toBe(1);
  const many = Array.from({ length: 5000 }, (_, n) => queue(`f${n}`, n === 4999 ? 1 : 0));
  const { functions, omitted } = await shownFunctions(many, 2);
  expect([functions.map(({ label }) => label), omitted]).toEqual([["f4999", "f0"], 4998]);
});
