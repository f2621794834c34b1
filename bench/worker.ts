// Checks per second and CPU per check of the built worker on one job server, beside the C and the Go worker where they
// are given, and beside spawn-loop.c: a bare loop of posix_spawn and waitpid with as many children at once, neither pipes
// nor job server. All sides wait for jobs on the same job server, each in a queue of its own, and work in turn. With
// `--server mixed` our worker has our job server and the others gearmand. `--epn` is a Perl plugin: all workers embed it,
// the Go worker with its script `--go-epn`, the C worker with its `--c-epn`; beside them our worker that runs it as a
// program, and fork-loop.pl: a bare loop of fork and wait of a Perl that has compiled the plugin.
//
//   pnpm bench worker [--go FILE] [--c FILE] [--slots 8,20] [--checks 3000] [--repetitions 3]
//     [--server gearmand|ours|mixed] [--command LINE | --internal | --epn [--go-epn FILE] [--c-epn FILE]] [--return-code N] [--worker dist/main.js] [--base DIR] [--profile]
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { programs as built } from "../e2e/src/paths.ts";
import { CheckLoad } from "./src/check-load.ts";
import { baseCheckout } from "./src/checkouts.ts";
import { selfTimes } from "./src/cpu-profile.ts";
import { type BenchServer, type JobServerKind, startJobServer } from "./src/job-servers.ts";
import { limitTime, scratchFolder } from "./src/own-processes.ts";
import { assertPerl, writePerlPlugin } from "./src/perl-plugin.ts";
import { cpuSeconds, TICKS_PER_SECOND } from "./src/process-usage.ts";
import { printPairedRatios, printTable, say } from "./src/report.ts";
import { alternate, type Sample } from "./src/samples.ts";
import {
  cpuByThread,
  original,
  ours,
  startWorker,
  type WorkerProgram,
  type WorkerUnderTest,
  withPerl,
} from "./src/worker-programs.ts";

const MICROSECONDS = 1_000_000;
const PROFILE_LINES = 30;

const { values: given } = parseArgs({
  options: {
    go: { type: "string" },
    c: { type: "string" },
    slots: { type: "string", default: "8,20" },
    checks: { type: "string", default: "3000" },
    repetitions: { type: "string", default: "3" },
    server: { type: "string", default: "gearmand" },
    command: { type: "string", default: "/bin/true" },
    "return-code": { type: "string", default: "0" },
    internal: { type: "boolean", default: false },
    epn: { type: "boolean", default: false },
    "go-epn": { type: "string" },
    "c-epn": { type: "string" },
    worker: { type: "string", default: built.worker },
    base: { type: "string" },
    profile: { type: "boolean", default: false },
  },
});
const checks = Number(given.checks);
const base = given.base === undefined ? undefined : baseCheckout(given.base);
limitTime(900);
const folder = scratchFolder();
const command = given.epn
  ? writePerlPlugin(folder)
  : given.internal
    ? "/usr/lib/nagios/plugins/check_dummy 0 ok"
    : given.command;
const isPlugin = !given.internal && !given.epn && !/[;&|]/.test(command);
const warmUp = given.epn ? 300 : 3000;

interface Environment {
  readonly server: BenchServer;
  readonly load: CheckLoad;
}

function columns(seconds: number, own: number, children: number): Sample {
  return {
    "checks/s": checks / seconds,
    "own CPU µs": (own / checks) * MICROSECONDS,
    "plugin CPU µs": (children / checks) * MICROSECONDS,
  };
}

/** The physical limit; a command of more than one program has none. */
function bareLoop(slots: number): () => Sample {
  const loop = join(folder, "spawn-loop");
  const source = join(import.meta.dirname, "spawn-loop.c");
  execFileSync("cc", ["-std=c11", "-O2", "-Wall", "-Wextra", source, "-o", loop]);
  return () => loopSample(loop, [String(checks), String(slots), command]);
}

/** As `bareLoop`, for embedded Perl: the plugin is compiled, and its children end at once. */
function bareForkLoop(slots: number): () => Sample {
  const loop = join(import.meta.dirname, "fork-loop.pl");
  return () => loopSample("perl", [loop, String(checks), String(slots), command]);
}

function loopSample(program: string, args: readonly string[]): Sample {
  const printed = execFileSync(program, args, { encoding: "latin1" }).trim().split(" ").map(Number);
  const [seconds = Number.NaN, own = Number.NaN, children = Number.NaN] = printed;
  return columns(seconds, own, children);
}

function side(worker: WorkerUnderTest, { server, load }: Environment): () => Promise<Sample> {
  return async () => {
    const packets = load.prepare(worker.queue, checks);
    const before = worker.cpu();
    const serverBefore = cpuSeconds(server.pid).own;
    const seconds = await load.run(packets, checks);
    const after = worker.cpu();
    return {
      ...columns(seconds, after.own - before.own, after.children - before.children),
      "server CPU µs": ((cpuSeconds(server.pid).own - serverBefore) / checks) * MICROSECONDS,
      "RSS, MiB": worker.residentMib(),
    };
  };
}

/** Profile of our worker per check: by thread and, for the main thread, by function. */
async function profile(slots: number, server: BenchServer, load: CheckLoad): Promise<void> {
  const plain = ours(given.worker, ["--cpu-prof", `--cpu-prof-dir=${folder}/${slots}`]);
  const program = given.epn ? withPerl(plain) : plain;
  const worker = startWorker(program, server, slots);
  await load.run(load.prepare(worker.queue, warmUp), warmUp);
  const before = cpuByThread(worker.pid, TICKS_PER_SECOND);
  await load.run(load.prepare(worker.queue, checks), checks);
  say(`\nCPU per check of our worker by thread, ${slots} slots, µs:`);
  for (const [name, seconds] of cpuByThread(worker.pid, TICKS_PER_SECOND)) {
    const micros = ((seconds - (before.get(name) ?? 0)) / checks) * MICROSECONDS;
    if (micros >= 0.5) say(`${micros.toFixed(1).padStart(8)}  ${name}`);
  }
  await worker.stop();
  say("\n… and by function of the main thread, start and end of the process included:");
  for (const { name, micros } of selfTimes(`${folder}/${slots}`).slice(0, PROFILE_LINES))
    say(`${(micros / (checks + warmUp)).toFixed(1).padStart(8)}  ${name}`);
}

/** A job server with what feeds it. */
async function startEnvironment(kind: JobServerKind): Promise<Environment> {
  const server = await startJobServer(kind);
  return { server, load: await CheckLoad.connect(server.port, command, Number(given["return-code"])) };
}

function plainPrograms(): WorkerProgram[] {
  return [
    ours(given.worker),
    ...(base === undefined ? [] : [{ ...ours(base.worker), name: base.name }]),
    ...(given.go === undefined ? [] : [original("Go worker", given.go)]),
    ...(given.c === undefined ? [] : [original("C worker", given.c)]),
  ];
}

function perlPrograms(): WorkerProgram[] {
  return [
    withPerl(ours(given.worker)),
    ...(given.go === undefined ? [] : [withPerl(original("Go worker", given.go), given["go-epn"])]),
    ...(given.c === undefined ? [] : [withPerl(original("C worker", given.c), given["c-epn"])]),
    { ...ours(given.worker), name: "our worker, as a program" },
  ];
}

async function measure(slots: number): Promise<void> {
  const environment = await startEnvironment(
    given.server === "gearmand" ? "gearmand 1.1.20" : "our job server",
  );
  const otherEnvironment = given.server === "mixed" ? await startEnvironment("gearmand 1.1.20") : environment;
  const programs = given.epn ? perlPrograms() : plainPrograms();
  const environments = programs.map((_, index) => (index === 0 ? environment : otherEnvironment));
  const workers = programs.map((program, at) =>
    startWorker(program, (environments[at] ?? environment).server, slots),
  );
  for (const [at, worker] of workers.entries()) {
    const { load } = environments[at] ?? environment;
    await load.run(load.prepare(worker.queue, warmUp), warmUp);
    if (programs[at]?.hasPerl) assertPerl(worker.name, worker.pid);
  }

  const sides: Record<string, () => Promise<Sample> | Sample> = Object.fromEntries(
    workers.map((worker, at) => [worker.name, side(worker, environments[at] ?? environment)]),
  );
  if (isPlugin) sides["bare C loop of posix_spawn"] = bareLoop(slots);
  if (given.epn) sides["bare loop of fork and wait"] = bareForkLoop(slots);
  const samples = await alternate(sides, Number(given.repetitions), 1);
  printTable(`${checks} runs of ${command}, ${slots} at once, over ${given.server}`, samples);
  const [[, mine] = ["", []], ...others] = Object.entries(samples);
  for (const [name, theirs] of others) printPairedRatios(mine, theirs, name);
  for (const worker of workers) await worker.stop();
  if (given.profile) await profile(slots, environment.server, environment.load);
  for (const { server, load } of new Set([environment, otherEnvironment])) {
    load.close();
    await server.stop();
  }
}

for (const slots of given.slots.split(",")) await measure(Number(slots));
