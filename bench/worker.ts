// Checks per second of the built worker with /bin/true as the plugin, over gearmand 1.1.20, with 8 and with 20 slots.
// Baseline: spawn-loop.c, a bare loop of posix_spawn and waitpid with as many children at once, neither pipes nor
// job server. The worker starts plugins through node:child_process; a native spawner comes with a later issue.
import { execFileSync } from "node:child_process";
import { join } from "node:path";

import { ClientConnection, WorkerConnection } from "@mod-gearman/client";
import { parseCheckResult, printJob } from "@mod-gearman/payload";

import { programs } from "../e2e/src/paths.ts";
import { benchEnvelope, checkJob, KEY, queues, uniqueOf } from "./src/check-jobs.ts";
import { startJobServer } from "./src/job-servers.ts";
import { limitTime, scratchFolder, startProgram } from "./src/own-processes.ts";
import { cpuSeconds, residentMib } from "./src/process-usage.ts";
import { printRatio, printTable } from "./src/report.ts";
import { alternate, median, type Sample } from "./src/samples.ts";

const CHECKS = 2000;
const WARM_UP = 200;
const MICROSECONDS = 1_000_000;
const PLUGIN = "/bin/true";

limitTime(180);
const folder = scratchFolder();
const loop = join(folder, "spawn-loop");
execFileSync("cc", [
  "-std=c11",
  "-O2",
  "-Wall",
  "-Wextra",
  join(import.meta.dirname, "spawn-loop.c"),
  "-o",
  loop,
]);

function bare(slots: number): Sample {
  const args = [String(CHECKS), String(slots), PLUGIN];
  const printed = execFileSync(loop, args, { encoding: "latin1" }).trim().split(" ").map(Number);
  const [seconds = Number.NaN, own = Number.NaN, children = Number.NaN] = printed;
  return columns(seconds, own, children);
}

function columns(seconds: number, own: number, children: number): Sample {
  return {
    "checks/s": CHECKS / seconds,
    "own CPU µs per check": (own / CHECKS) * MICROSECONDS,
    "plugin CPU µs per check": (children / CHECKS) * MICROSECONDS,
  };
}

/** Submits checks and counts the results; every result is opened and judged. */
async function checker(port: number): Promise<{ run(count: number): Promise<void>; close(): Promise<void> }> {
  const server = { host: "127.0.0.1", port };
  const envelope = benchEnvelope();
  const client = new ClientConnection({ servers: [server] });
  const state = { left: 0, done: Promise.withResolvers<void>() };
  const results = new WorkerConnection({
    server,
    functions: [queues.results],
    maxInFlight: 64,
    onJob: (job) => {
      const { returnCode, output } = parseCheckResult(envelope.open(job.data));
      job.complete();
      state.left -= 1;
      if (returnCode !== 0) state.done.reject(new Error(`${PLUGIN} gave ${returnCode}: ${output}`));
      else if (state.left === 0) state.done.resolve();
    },
  });
  return {
    run: async (count) => {
      state.left = count;
      state.done = Promise.withResolvers();
      const jobs = Array.from({ length: count }, (_, index) => checkJob(index, PLUGIN));
      for (const job of jobs) {
        const data = envelope.seal(printJob(job));
        void client
          .submitBackground({ function: queues.checks, unique: uniqueOf(job), data })
          .catch(state.done.reject);
      }
      await state.done.promise;
    },
    close: async () => {
      await Promise.all([client.close(), results.close()]);
    },
  };
}

async function measure(slots: number): Promise<void> {
  const server = await startJobServer("gearmand 1.1.20");
  const worker = startProgram(process.execPath, [
    programs.worker,
    ...[`--server=127.0.0.1:${server.port}`, `--key=${KEY}`, "--services=yes"],
    ...[`--min-worker=${slots}`, `--max-worker=${slots}`, "--load_cpu_multi=0", "--mem_limit=0"],
  ]);
  const checks = await checker(server.port);
  await checks.run(WARM_UP);

  async function ours(): Promise<Sample> {
    const before = cpuSeconds(worker.pid);
    const startedAt = performance.now();
    await checks.run(CHECKS);
    const seconds = (performance.now() - startedAt) / 1000;
    const after = cpuSeconds(worker.pid);
    const cpu = columns(seconds, after.own - before.own, after.children - before.children);
    return { ...cpu, "RSS, MiB": residentMib(worker.pid) };
  }

  const baseline = `a bare C loop of posix_spawn, ${slots} at once`;
  const samples = await alternate({ [`our worker, ${slots} slots`]: ours, [baseline]: () => bare(slots) });
  const [mine = [], theirs = []] = Object.values(samples);
  printTable(`worker: ${CHECKS} runs of ${PLUGIN} per repetition`, samples);
  printRatio("checks/s", median(mine, "checks/s"), median(theirs, "checks/s"), baseline);

  await checks.close();
  await worker.stop();
  await server.stop();
}

for (const slots of [8, 20]) await measure(slots);
