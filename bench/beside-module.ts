// A Naemon whose services are due all the time, with our module and with another one in turn: checks per second there and
// back, and what they cost the core's main thread. Workers run nothing: a consumer in this process answers each job with a
// result made once for its service, and takes the performance data. Both write performance data to one queue.
//
//   pnpm bench beside-module --naemon PREFIX --module FILE [--services 20000] [--seconds 12] [--repetitions 2]
import { chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type AssignedJob, ClientConnection, WorkerConnection } from "@mod-gearman/client";
import { parseJob, printWorkerResult } from "@mod-gearman/payload";

import { bridgePids } from "../e2e/src/bridge-pids.ts";
import { programs } from "../e2e/src/paths.ts";
import { benchEnvelope, KEY, nowMicros, queues } from "./src/check-jobs.ts";
import { type BenchServer, startJobServer } from "./src/job-servers.ts";
import { limitTime, scratchFolder, startProgram } from "./src/own-processes.ts";
import { fineCpuSeconds } from "./src/process-usage.ts";
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
const SERVICES_PER_HOST = 100;
const CORE_USER = 65_534;
const WARM_UP_MS = 6000;
const SECONDS = Number(given.seconds);
const IN_FLIGHT = 2000;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

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

function* objects(): Generator<string> {
  const days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
  const block = (kind: string, rows: Record<string, string | number>): string =>
    `define ${kind} {\n${Object.entries(rows)
      .map((row) => row.join(" "))
      .join("\n")}\n}\n`;
  const period = Object.fromEntries(days.map((day) => [day, "00:00-24:00"]));
  yield block("timeperiod", { timeperiod_name: "always", alias: "always", ...period });
  yield block("command", {
    command_name: "plugin",
    command_line: "/usr/lib/nagios/plugins/check_http -H $HOSTNAME$ -u $ARG1$",
  });
  yield block("command", { command_name: "nothing", command_line: "/bin/true" });
  const notify = {
    host_notification_period: "always",
    service_notification_period: "always",
    host_notification_commands: "nothing",
    service_notification_commands: "nothing",
    host_notification_options: "n",
    service_notification_options: "n",
  };
  yield block("contact", { contact_name: "admin", ...notify });
  yield block("hostgroup", { hostgroup_name: "all", alias: "all" });
  const common = {
    register: 0,
    check_period: "always",
    notification_period: "always",
    notification_interval: 0,
    notifications_enabled: 0,
    contacts: "admin",
  };
  yield block("host", {
    ...common,
    name: "host",
    max_check_attempts: 1,
    active_checks_enabled: 0,
    hostgroups: "all",
    address: "127.0.0.1",
  });
  const often = {
    check_interval: Number(given.interval),
    retry_interval: Number(given.interval),
    process_perf_data: 1,
  };
  yield block("service", { ...common, ...often, name: "service", max_check_attempts: 3 });
  for (let host = 1; host <= Number(given.services) / SERVICES_PER_HOST; host++)
    yield block("host", { use: "host", host_name: `host-${host}` });
  for (let service = 1; service <= SERVICES_PER_HOST; service++)
    yield block("service", {
      use: "service",
      hostgroup_name: "all",
      service_description: `service-${service}`,
      check_command: `plugin!/page-${service}`,
    });
}

function writeSite(folder: string, broker: string): string {
  const at = (name: string): string => join(folder, name);
  mkdirSync(at("results"));
  writeFileSync(at("objects.cfg"), [...objects()].join(""));
  const rows = {
    ...{ log_file: at("core.log"), cfg_file: at("objects.cfg"), object_cache_file: "/dev/null" },
    ...{
      precached_object_file: "/dev/null",
      status_file: "/dev/null",
      temp_file: at("core.tmp"),
      temp_path: folder,
    },
    ...{
      command_file: at("core.cmd"),
      lock_file: at("core.lock"),
      check_result_path: at("results"),
      query_socket: at("core.qh"),
    },
    ...{ retain_state_information: 0, check_workers: 1, event_broker_options: -1, interval_length: 1 },
    ...{
      execute_service_checks: 1,
      execute_host_checks: 0,
      enable_notifications: 0,
      enable_flap_detection: 0,
    },
    cached_service_check_horizon: 0, // by default a check that is due sooner is answered from its last result
    ...{ log_initial_states: 0, use_syslog: 0, process_performance_data: 1, broker_module: broker },
  };
  writeFileSync(
    at("core.cfg"),
    Object.entries(rows)
      .map((row) => `${row.join("=")}\n`)
      .join(""),
  );
  chownSync(folder, CORE_USER, CORE_USER);
  chownSync(at("results"), CORE_USER, CORE_USER);
  return at("core.cfg");
}

const mainThreadSeconds = (pid: number): number =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "latin1").split(" ")[0]) / 1e9;

async function measure(server: BenchServer, kind: "ours" | "other" | "none"): Promise<Sample> {
  const folder = scratchFolder();
  const options = `server=127.0.0.1:${server.port} key=${KEY} encryption=yes services=yes hosts=no eventhandler=no perfdata=perfdata latency_flatten_window=0 logmode=core debug=0`;
  const ours = `${programs.shim} bridge_command=${process.execPath} bridge_arg=${programs.bridge}`;
  const config = writeSite(folder, `${kind === "ours" ? ours : other} ${options}`);
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
    main: mainThreadSeconds(core.pid),
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
