// `npm run demo`: the main job on the embedded defaults. A core schedules some twenty checks, the shim in it
// hands them to the bridge, our job server queues them, two workers run them, the results go back into the core.
// `npm run demo -- --watch` goes on until Ctrl-C; `-- --test-core` uses the test core although there is a real one.
import { join } from "node:path";
import { bridgePids } from "../../e2e/src/bridge-pids.ts";
import { linesOf } from "../../e2e/src/files.ts";
import { programs } from "../../e2e/src/paths.ts";
import { freePort, listening, start } from "../../e2e/src/processes.ts";
import { readStatus } from "../../e2e/src/status-file.ts";
import { type DemoCore, startDemoCore } from "./core.ts";
import { demoObjects } from "./objects.ts";
import { tail } from "./tail.ts";

const SECONDS = 15;
const KEY = "demo-key-demo-key-demo-key-demo!";
const WORKERS = ["worker-a", "worker-b"];
const STATES = ["OK", "WARNING", "CRITICAL", "UNKNOWN"];

const watching = process.argv.includes("--watch");
const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
const trips: number[] = [];

function moduleConf(port: number): string {
  const lines = [
    "debug=1",
    "logmode=file",
    "logfile=SITE/bridge.log",
    `server=127.0.0.1:${port}`,
    `key=${KEY}`,
  ];
  return [...lines, "eventhandler=yes", "services=yes", "hosts=yes", "log_stats_interval=0", ""].join("\n");
}

const pattern =
  /(host|service) job completed: (\S+) ?(.*): exit (-?\d+), latency: ([\d.]+), exec_time: ([\d.]+) \[(.*?)(?:, round trip (\d+) ms)?\]$/;

/** One finished check, from the bridge's debug line. */
function show(line: string): void {
  const match = pattern.exec(line);
  if (match === null) return;
  const [, kind, host, service, code, , ran, source, trip] = match;
  if (trip !== undefined) trips.push(Number(trip));
  const state = kind === "host" ? (code === "0" ? "UP" : "DOWN") : (STATES[Number(code)] ?? "UNKNOWN");
  const name = kind === "host" ? `${host}` : `${host} / ${service}`;
  const time = new Date().toLocaleTimeString("en-GB");
  const worker = source?.split("@").at(-1)?.trim() ?? "";
  say(
    `  ${time}  ${name.padEnd(24)} ${state.padEnd(9)} ${worker.padEnd(9)} ran ${ran} s, round trip ${trip ?? "?"} ms`,
  );
}

function summary(core: DemoCore): boolean {
  const { hosts, services } = readStatus(core.site.statusFile);
  const blocks = [...hosts.values(), ...services.values()];
  const checked = blocks.filter((block) => block.get("has_been_checked") === "1").length;
  const sorted = trips.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  say("");
  say(
    `${trips.length} results came back; the core's status data has ${checked} of ${blocks.length} objects checked:`,
  );
  for (const [name, block] of [...services].slice(0, 5)) {
    say(`  ${name}: ${STATES[Number(block.get("current_state"))]} - ${block.get("plugin_output")}`);
  }
  say(`round trip from accepted job to result: median ${median} ms, slowest ${sorted.at(-1) ?? "?"} ms`);
  return trips.length > 0 && checked === blocks.length && blocks.length > 0;
}

async function gone(pids: readonly number[]): Promise<void> {
  const alive = (pid: number): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  const deadline = performance.now() + 5000;
  while (pids.some(alive) && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 50));
  for (const pid of pids.filter(alive)) process.kill(pid, "SIGKILL");
}

type Cleanup = () => unknown;

/** Starts job server and workers; functions that end them are added to `cleanups`. */
async function startServices(port: number, cleanups: Cleanup[]): Promise<void> {
  const run = (program: string, args: readonly string[]): void => {
    const running = start(process.execPath, [program, ...args]);
    cleanups.push(() => running.stop());
  };
  run(programs.gearmand, [`--port=${port}`, "--listen=127.0.0.1", "--log-file=stderr"]);
  await listening(port);
  for (const name of WORKERS) {
    run(programs.worker, [
      `--server=127.0.0.1:${port}`,
      `--key=${KEY}`,
      `--identifier=${name}`,
      ...["--hosts", "--services", "--eventhandler"],
      ...["--min-worker=2", "--max-worker=4", "--load_cpu_multi=0", "--mem_limit=0"],
    ]);
  }
}

async function show15Seconds(cleanups: Cleanup[], interrupted: Promise<void>): Promise<number> {
  const port = await freePort();
  await startServices(port, cleanups);
  const core = startDemoCore(moduleConf(port), demoObjects(port), process.argv.includes("--test-core"));
  cleanups.push(async () => {
    const bridges = bridgePids(core.site.folder);
    await core.running.stop();
    await gone(bridges);
    core.site.remove();
  });
  say(`job server  127.0.0.1:${port} (in memory)`);
  say(`workers     ${WORKERS.join(", ")}`);
  say(`core        ${core.name}`);
  say(`files       ${core.site.folder} (removed at the end)`);
  say(watching ? "\nEnd with Ctrl-C.\n" : `\nWatch for ${SECONDS} seconds:\n`);

  const stopTail = tail(join(core.site.folder, "bridge.log"), show);
  const time = new Promise<void>((resolve) => {
    if (!watching) setTimeout(resolve, SECONDS * 1000);
  });
  await Promise.race([time, interrupted]);
  stopTail();
  const good = summary(core);
  if (!good) {
    say("\nNot everything was checked. The core said:");
    say([core.running.output().slice(-2000), ...linesOf(core.site.logFile).slice(-20)].join("\n"));
    say([...linesOf(join(core.site.folder, "bridge.log")).slice(-20)].join("\n"));
  }
  return good ? 0 : 1;
}

/** Removes processes and files on every way out. */
async function main(): Promise<number> {
  const cleanups: Cleanup[] = [];
  const interrupted = new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  try {
    return await show15Seconds(cleanups, interrupted);
  } finally {
    for (const cleanup of cleanups.toReversed()) await cleanup();
  }
}

process.exit(await main());
