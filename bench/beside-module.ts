// A Naemon whose services are due all the time, with our module and with another one in turn: checks per second there and
// back, and what they cost the core's main thread. Workers run nothing: a consumer in this process answers each job with a
// result made once for its service, and takes the performance data. Both write performance data to one queue.
//
//   pnpm bench beside-module --naemon PREFIX --module FILE [--services 20000] [--seconds 12] [--repetitions 2]
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type AssignedJob, ClientConnection, WorkerConnection } from "@mod-gearman/client";
import { parseJob, printWorkerResult } from "@mod-gearman/payload";

import { bridgePids } from "../e2e/src/bridge-pids.ts";
import { programs } from "../e2e/src/paths.ts";
import { benchEnvelope, KEY, nowMicros, queues } from "./src/check-jobs.ts";
import { type BenchServer, startJobServer } from "./src/job-servers.ts";
import { CORE_USER, writeNaemonSite } from "./src/naemon-site.ts";
import { limitTime, scratchFolder, startProgram } from "./src/own-processes.ts";
import { fineCpuSeconds, threadCpuSeconds } from "./src/process-usage.ts";
import { printTable } from "./src/report.ts";
import { alternate, type Sample } from "./src/samples.ts";

const { values: given } = parseArgs({
  options: {
    naemon: { type: "string" },
    module: { type: "string" },
    services: { type: "string", default: "20000" },
    interval: { type: "string", default: "1" },
    seconds: { type: "string", default: "12" },
    repetitions: { type: "string", default: "2" },
  },
});
if (given.naemon === undefined || given.module === undefined)
  throw new Error("--naemon and --module are needed");
const { naemon, module: other } = given;
const WARM_UP_MS = 6000;
const SECONDS = Number(given.seconds);
const IN_FLIGHT = 2000;

/** Answers checks without running them, counts them, and takes performance data. */
class NullWorkers {
  readonly #envelope = benchEnvelope();
  readonly #client: ClientConnection;
  readonly #workers: WorkerConnection[];
  readonly #results = new Map<string, Buffer>();
  checks = 0;
  perfdata = 0;

  constructor(port: number) {
    const server = { host: "127.0.0.1", port };
    const common = {
      server,
      maxInFlight: IN_FLIGHT,
      bulk: true,
      onProblem: (problem: Error) => console.error(problem),
    };
    this.#client = new ClientConnection({ servers: [server], bulk: true, maxQueued: 1_000_000 });
    this.#workers = [
      new WorkerConnection({ ...common, functions: [queues.checks], onJob: (job) => this.#answer(job) }),
      new WorkerConnection({
        ...common,
        functions: [Buffer.from("perfdata")],
        onJob: (job) => {
          this.perfdata += 1;
          job.complete();
        },
      }),
    ];
  }

  async close(): Promise<void> {
    await Promise.all([...this.#workers.map((worker) => worker.close()), this.#client.close()]);
  }

  #answer(job: AssignedJob): void {
    const key = job.unique.toString("latin1");
    let data = this.#results.get(key);
    if (data === undefined) {
      data = this.#resultOf(job);
      this.#results.set(key, data);
    }
    this.#client.enqueueBackground({ function: queues.results, data }, (error) => {
      if (error === undefined) this.checks += 1;
    });
    job.complete();
  }

  #resultOf(job: AssignedJob): Buffer {
    const { hostName = Buffer.alloc(0), serviceDescription } = parseJob(this.#envelope.open(job.data));
    const now = nowMicros();
    const source = Buffer.from("Mod-Gearman Worker @ bench");
    const output = Buffer.from(
      "HTTP OK: HTTP/1.1 200 OK - 4120 bytes in 0.034 second response time|time=0.034s;2;5",
    );
    const times = { startTime: now, finishTime: now };
    return this.#envelope.seal(
      printWorkerResult({
        type: "active",
        hostName,
        serviceDescription,
        ...times,
        returnCode: 0,
        source,
        output,
      }),
    );
  }
}

async function measure(server: BenchServer, kind: "ours" | "other"): Promise<Sample> {
  const folder = scratchFolder();
  const options = `server=127.0.0.1:${server.port} key=${KEY} encryption=yes services=yes hosts=no eventhandler=no perfdata=perfdata latency_flatten_window=0 logmode=core debug=0`;
  const ours = `${programs.shim} bridge_command=${process.execPath} bridge_arg=${programs.bridge}`;
  const config = writeNaemonSite({
    folder,
    services: Number(given.services),
    intervalSeconds: Number(given.interval),
    module: `${kind === "ours" ? ours : other} ${options}`,
    hasPerfdata: true,
  });
  const workers = new NullWorkers(server.port);
  const core = startProgram("setpriv", [
    ...[`--reuid=${CORE_USER}`, `--regid=${CORE_USER}`, "--clear-groups", "--", "env", `TMPDIR=${folder}`],
    ...[join(naemon, "bin/naemon"), config],
  ]);
  await sleep(WARM_UP_MS);
  if (!existsSync(`/proc/${core.pid}`))
    throw new Error(
      `the core has ended: ${existsSync(join(folder, "core.log")) ? readFileSync(join(folder, "core.log"), "latin1").slice(-3000) : "no log"}`,
    );
  const [bridge] = kind === "ours" ? bridgePids(folder) : [];
  const counted = () => ({
    at: performance.now(),
    checks: workers.checks,
    perfdata: workers.perfdata,
    main: threadCpuSeconds(core.pid, core.pid),
    core: fineCpuSeconds(core.pid),
    bridge: bridge === undefined ? 0 : fineCpuSeconds(bridge),
    server: fineCpuSeconds(server.pid),
  });
  const before = counted();
  await sleep(SECONDS * 1000);
  const after = counted();
  const checks = after.checks - before.checks;
  const micros = (name: "main" | "core" | "bridge" | "server"): number =>
    ((after[name] - before[name]) / checks) * 1e6;
  const seconds = (after.at - before.at) / 1000;
  if (checks === 0) process.stdout.write(readFileSync(join(folder, "core.log"), "latin1").slice(-1500));
  await core.stop();
  await workers.close();
  await sleep(1000);
  return {
    "checks/s": checks / seconds,
    "perfdata/s": (after.perfdata - before.perfdata) / seconds,
    "main thread µs": micros("main"),
    "core µs": micros("core"),
    "bridge µs": micros("bridge"),
    "server µs": micros("server"),
  };
}

limitTime(600);
const on =
  (kind: "our job server" | "gearmand 1.1.20", module: "ours" | "other") => async (): Promise<Sample> => {
    const server = await startJobServer(kind);
    const sample = await measure(server, module);
    await server.stop();
    return sample;
  };
const samples = await alternate(
  {
    "the other module, gearmand": on("gearmand 1.1.20", "other"),
    "our module, gearmand": on("gearmand 1.1.20", "ours"),
    "our module, our job server": on("our job server", "ours"),
  },
  Number(given.repetitions),
);
printTable(
  `Naemon with ${given.services} services that are due every ${given.interval} s, for ${SECONDS} s`,
  samples,
);
