// @module-tag slow
import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type TestContext, tmpFolder, waitFor } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { MiniJobServer } from "./mini-job-server.ts";
import { WorkerProcess } from "./worker-process.ts";
import { KEY, openResult, serviceJob } from "./worker-world.ts";

const source = fileURLToPath(new URL("fixtures/stuck-lane.c", import.meta.url));
const compiler = process.env.CC ?? "cc";
const hasCompiler = spawnSync(compiler, ["--version"]).status === 0;
const LONG_MS = 60_000;

/** A worker in which a thread that starts plugins hangs with the first job. */
async function startHanging(context: TestContext, how: "call" | "loop") {
  const library = join(tmpFolder(context), "stuck-lane.so");
  execFileSync(compiler, ["-shared", "-fPIC", "-O1", source, "-o", library]);
  const server = new MiniJobServer("A");
  const { port } = await server.fake.listen();
  context.onTestFinished(() => server.fake.close());
  const args = [`--server=127.0.0.1:${port}`, "--services=yes", `--key=${KEY}`, "--result_spool=off"];
  const limits = ["--load_cpu_multi=0", "--mem_limit=0"];
  const env = { ...process.env, LD_PRELOAD: library, HANG: how };
  const worker = new WorkerProcess(context, [...args, ...limits], env);
  const put = (commandLine: string) => server.put("service", serviceJob(commandLine, { core_time: "" }));
  put("/bin/echo held");
  await waitFor("the lane to hang", () => worker.log.includes("a lane hangs"), LONG_MS);
  return { server, worker, put };
}

test("a hanging thread of Node's pool does not prevent the end at TERM", async (context) => {
  const folder = tmpFolder(context);
  const [fifo, hook] = [join(folder, "fifo"), join(folder, "hang.cjs")];
  execFileSync("mkfifo", [fifo]);
  writeFileSync(hook, `require("node:fs").open(${JSON.stringify(fifo)}, "r", () => undefined);`);
  const server = new MiniJobServer("A");
  const { port } = await server.fake.listen();
  context.onTestFinished(() => server.fake.close());
  const env = { ...process.env, NODE_OPTIONS: `--require=${hook}` };
  const args = [`--server=127.0.0.1:${port}`, "--services=yes", `--key=${KEY}`, "--result_spool=off"];
  const worker = new WorkerProcess(context, args, env);
  await waitFor("the slots", () => server.workers("service") > 0, LONG_MS);
  worker.signal("SIGTERM");
  expect(await worker.ended).toBe(0);
  expect(worker.log).toContain("shutdown complete");
});

describe.runIf(hasCompiler)("a thread that hangs", { timeout: 2 * LONG_MS }, () => {
  test.for(["call", "loop"] as const)(
    "in a %s: other plugins run, TERM ends the worker",
    async (how, context) => {
      const { server, worker, put } = await startHanging(context, how);
      put("/bin/echo fine");
      const sent = await waitFor("the result", () => server.submitted[0], LONG_MS);
      expect(openResult(sent.data).output.toString()).toBe("fine");
      worker.signal("SIGTERM");
      expect(await worker.ended).toBe(0);
      expect(server.requeued).toHaveLength(1);
    },
  );

  test.for(["call", "loop"] as const)("in a %s: a second TERM ends it at once", async (how, context) => {
    const { server, worker } = await startHanging(context, how);
    worker.signal("SIGTERM");
    await waitFor("the first to arrive", () => worker.log.includes("got sigterm"), LONG_MS);
    worker.signal("SIGTERM");
    expect(await worker.ended).toBe(0);
    expect(worker.log).not.toContain("timeout hit while waiting");
    expect(server.requeued).toHaveLength(1);
  });
});
