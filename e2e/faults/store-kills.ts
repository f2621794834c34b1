// Kills a job server again and again while clients submit background jobs into its store; afterwards what was
// acknowledged and what has run are compared, in the manner of Jepsen:
// node --conditions=source e2e/faults/store-kills.ts [--store libsqlite3|postgres|mysql|redis|libmemcached] [--kills 200] [--seed N]
// Each kill comes while commits are under way: submits that never get an answer prove it. After some kills bytes are
// appended to the log of the store, as by a write that was cut. Needs `pnpm build`. Exit code 1: a job was lost, wrongly
// repeated or changed.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

import { JobLedger, type LedgerReport } from "../src/job-ledger.ts";
import { type JobServer, startJobServer } from "../src/job-servers.ts";
import { killAtOnce } from "../src/processes.ts";
import { jobsInQueues } from "../src/queue-status.ts";
import { randomFrom } from "../src/random.ts";
import { LedgerWorker, SubmittingClient } from "../src/store-clients.ts";
import { STORE_NAMES, type StoreName, startStore } from "../src/stores.ts";

const { values } = parseArgs({
  options: {
    store: { type: "string", default: "libsqlite3" },
    kills: { type: "string", default: "200" },
    seed: { type: "string", default: String(Date.now() % 100_000) },
  },
});

const CLIENTS = 4;
const WINDOW = 200;
const SHORTEST_MS = 100;
const LONGEST_MS = 500;
const NAMED = 20;
const HELD_SHARE = 0.01;
const TORN_BYTES = 9000;
/** With more jobs in the store than this they are run first, as taking them over takes most of the time otherwise. */
const MANY = 3000;

interface Scene {
  readonly server: JobServer;
  readonly ledger: JobLedger;
  readonly random: () => number;
}

/** One life of the server. @returns submits without an answer when it was killed */
async function killUnderLoad({ server, ledger, random }: Scene, round: number): Promise<number> {
  const options = { ledger, random, window: WINDOW };
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, (_, at) =>
      SubmittingClient.start(server.port, { ...options, name: `${round}.${at}` }),
    ),
  );
  const worker = await LedgerWorker.start(server.port, ledger, () => random() < HELD_SHARE);
  await sleep(SHORTEST_MS + random() * (LONGEST_MS - SHORTEST_MS));
  await server.kill();
  await Promise.all(clients.map((client) => client.closed()));
  worker.close();
  ledger.killed();
  return clients.reduce((sum, { unanswered }) => sum + unanswered, 0);
}

/** Runs all that is left. */
async function drain({ server, ledger }: Scene): Promise<void> {
  const worker = await LedgerWorker.start(server.port, ledger, () => false);
  let runs = -1;
  while (runs !== worker.runs) {
    runs = worker.runs;
    await worker.idle();
  }
  worker.close();
}

function problemsOf({ lost, wronglyRepeated, foreign }: LedgerReport, leftOver: number): string[] {
  const named = (list: readonly string[], what: string) =>
    list.slice(0, NAMED).map((one) => `${what} ${one}`);
  const problems = [
    ...named(lost, "lost"),
    ...named(wronglyRepeated, "wrongly repeated"),
    ...named(foreign, "foreign"),
  ];
  if (leftOver > 0) problems.push(`${leftOver} jobs left in the store after all were done`);
  return problems;
}

/** @returns whether nothing was lost */
function tell(report: LedgerReport, kills: { count: number; fewest: number }, leftOver: number): boolean {
  const { submitted, acknowledged, refused, unanswered, lost, wronglyRepeated, repeated, foreign } = report;
  const problems = problemsOf(report, leftOver);
  const lines = [
    `kills ${kills.count}, each with ${kills.fewest} submits or more under way`,
    `submitted ${submitted}, acknowledged ${acknowledged}, refused ${refused}, unanswered ${unanswered}`,
    `lost ${lost.length}, wrongly repeated ${wronglyRepeated.length}, foreign ${foreign.length}, left over ${leftOver}`,
    `repeated, as at-least-once permits: ${repeated}`,
    ...problems.map((problem) => `  ${problem}`),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  return problems.length === 0;
}

async function run(store: StoreName): Promise<number> {
  const random = randomFrom(Number(values.seed));
  process.stdout.write(`${store}, seed ${values.seed}\n`);
  const folder = mkdtempSync(join(tmpdir(), "e2e-store-"));
  const under = await startStore(store, folder);
  const server = await startJobServer("our job server", under.args);
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(1));
  process.once("exit", () => killAtOnce(server.running.pid));
  const scene = { server, ledger: new JobLedger(), random };
  const kills = { count: 0, fewest: Number.POSITIVE_INFINITY };
  try {
    while (kills.count < Number(values.kills)) {
      const underWay = await killUnderLoad(scene, kills.count);
      kills.count += 1;
      kills.fewest = Math.min(kills.fewest, underWay);
      if (random() < 0.25)
        under.tear(Buffer.alloc(Math.ceil(random() * TORN_BYTES), Math.floor(random() * 256)));
      await server.restart();
      if (scene.ledger.outstanding > MANY) await drain(scene);
    }
    await drain(scene);
    await server.end();
    await server.restart();
    const leftOver = (await jobsInQueues(server.port)).get("durable") ?? 0;
    const isGood = tell(scene.ledger.report(), kills, leftOver);
    return isGood && kills.fewest > 0 ? 0 : 1;
  } finally {
    await server.stop();
    await under.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const started = performance.now();
const store = STORE_NAMES.find((name) => name === values.store);
if (store === undefined) throw new Error(`--store: one of ${STORE_NAMES.join(", ")}`);
process.exitCode = await run(store);
process.stdout.write(`${Math.round((performance.now() - started) / 1000)} s\n`);
