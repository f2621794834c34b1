// The whole chain without a core: a stand-in for the shim passes service checks to the built bridge, the bridge puts
// them on a job server, a consumer in this process answers each without running a plugin, the bridge returns the
// results. Baseline: the same jobs submitted one at a time, each waiting for its JOB_CREATED, which is what the
// original module does on the main thread of the core; with --base the chain of an earlier checkout, its bridge over its job
// server; with --sealed the chain is in version 2 of the envelope, and the baseline the same in the legacy form, or with --base
// that of the checkout in version 2. Both sides run at the same time and work in turn. --gearmand uses gearmand 1.1.20 instead of our servers.
//
//   pnpm bench round-trip [--base DIR] [--sealed] [--gearmand] [--checks 20000] [--repetitions 3]
import { join } from "node:path";
import { parseArgs } from "node:util";

import { ClientConnection } from "@mod-gearman/client";
import { printJob } from "@mod-gearman/payload";

import type { Running } from "../e2e/src/processes.ts";
import { benchEnvelope, checkJob, KEY, queues, uniqueOf } from "./src/check-jobs.ts";
import { baseCheckout, type Checkout, here } from "./src/checkouts.ts";
import { Consumer } from "./src/consumer.ts";
import { type BenchServer, startJobServer } from "./src/job-servers.ts";
import { limitTime, scratchFolder, startProgram } from "./src/own-processes.ts";
import { fineCpuSeconds, residentMib } from "./src/process-usage.ts";
import { printPairedRatios, printRatio, printTable } from "./src/report.ts";
import { alternate, median, type Sample } from "./src/samples.ts";
import { type Form, legacyForm, sealedForm } from "./src/sealed-form.ts";
import { BenchShim } from "./src/shim.ts";

const { values: given } = parseArgs({
  options: {
    base: { type: "string" },
    gearmand: { type: "boolean", default: false },
    sealed: { type: "boolean", default: false },
    checks: { type: "string", default: "20000" },
    repetitions: { type: "string", default: "3" },
  },
});
const CHECKS = Number(given.checks);
const WARM_UP = 5000;
const MICROSECONDS = 1_000_000;
const kind = given.gearmand ? "gearmand 1.1.20" : "our job server";

/** A bridge with what feeds it, on a job server of its own. */
class Chain {
  readonly #server: BenchServer;
  readonly #bridge: Running;
  readonly #shim: BenchShim;
  readonly #consumer: Consumer;

  private constructor(server: BenchServer, bridge: Running, shim: BenchShim, form: Form) {
    this.#server = server;
    this.#bridge = bridge;
    this.#shim = shim;
    this.#consumer = new Consumer(server.port, form);
  }

  /** Of the programs of `from`, warmed up. */
  static async start(from: Checkout, isSealed = false): Promise<Chain> {
    const folder = scratchFolder();
    const socketPath = join(folder, "bridge.sock");
    const { form, moduleArguments } = isSealed
      ? sealedForm(folder)
      : { form: legacyForm(), moduleArguments: "" };
    const server = await startJobServer(kind, from);
    const bridge = startProgram(process.execPath, [from.bridge, `--bridge-socket=${socketPath}`]);
    const shim = await BenchShim.connect(
      socketPath,
      `server=127.0.0.1:${server.port} key=${KEY} encryption=yes services=yes hosts=yes log_stats_interval=0${moduleArguments}`,
    );
    const chain = new Chain(server, bridge, shim, form);
    chain.#consumer.run(true);
    shim.prepare(WARM_UP);
    shim.handOver();
    await shim.allReturned();
    return chain;
  }

  async measure(): Promise<Sample> {
    const shim = this.#shim;
    this.#consumer.run(false);
    shim.prepare(CHECKS);
    const events = await this.#timed("events/s", () => {
      shim.handOver();
      return shim.allAccepted();
    });
    const results = await this.#timed("results/s", () => {
      this.#consumer.run(true);
      return shim.allReturned();
    });
    shim.prepare(CHECKS);
    const both = await this.#timed("checks/s", () => {
      shim.handOver();
      return shim.allReturned();
    });
    return { ...events, ...results, ...both, "bridge RSS, MiB": residentMib(this.#bridge.pid) };
  }

  async stop(): Promise<void> {
    this.#shim.close();
    await this.#consumer.close();
    await this.#bridge.stop();
    await this.#server.stop();
  }

  /** Rate of `CHECKS` pieces of work and what each cost bridge and job server. */
  async #timed(rate: string, act: () => Promise<void>): Promise<Sample> {
    const pids = { "bridge CPU µs": this.#bridge.pid, "server CPU µs": this.#server.pid };
    const before = Object.values(pids).map(fineCpuSeconds);
    const startedAt = performance.now();
    await act();
    const seconds = (performance.now() - startedAt) / 1000;
    const cpu = Object.entries(pids).map(([name, pid], at) => [
      `${name} (${rate})`,
      ((fineCpuSeconds(pid) - (before[at] ?? 0)) / CHECKS) * MICROSECONDS,
    ]);
    return { [rate]: CHECKS / seconds, ...Object.fromEntries(cpu) };
  }
}

async function oneAtATime(): Promise<Sample> {
  const own = await startJobServer(kind);
  const client = new ClientConnection({ servers: [{ host: "127.0.0.1", port: own.port }], window: 1 });
  const envelope = benchEnvelope();
  const submit = async (from: number, count: number): Promise<void> => {
    for (let index = from; index < from + count; index++) {
      const job = checkJob(index);
      const data = envelope.seal(printJob(job));
      await client.submitBackground({
        function: queues.checks,
        unique: uniqueOf(job),
        data,
        priority: "low",
      });
    }
  };
  await submit(0, WARM_UP);
  const startedAt = performance.now();
  await submit(WARM_UP, CHECKS);
  const seconds = (performance.now() - startedAt) / 1000;
  await client.close();
  await own.stop();
  return { "events/s": CHECKS / seconds };
}

limitTime(600);
const base =
  given.base === undefined && !given.sealed
    ? undefined
    : given.base === undefined
      ? await Chain.start(here)
      : await Chain.start(baseCheckout(given.base), given.sealed);
const chain = await Chain.start(here, given.sealed);
const chains = given.base === undefined ? "the legacy form" : "base";
const baseline = base === undefined ? "one submit at a time, waiting for each" : chains;
const samples = await alternate(
  { "the chain": () => chain.measure(), [baseline]: base === undefined ? oneAtATime : () => base.measure() },
  Number(given.repetitions),
  base === undefined ? 0 : 2,
);
const [ours = [], theirs = []] = Object.values(samples);
printTable(`round trip: ${CHECKS} service checks per repetition, over ${kind}`, samples);
printPairedRatios(ours, theirs, baseline);
if (base === undefined)
  printRatio("checks/s there and back", median(ours, "checks/s"), median(theirs, "events/s"), baseline);

await chain.stop();
await base?.stop();
