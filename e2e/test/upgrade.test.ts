import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { freePort, waitFor } from "@mod-gearman/testkit";
import { expect, onTestFinished, test } from "vitest";

import { AppliedRuns } from "../src/applied-runs.ts";
import { bridgePids } from "../src/bridge-pids.ts";
import { CheckPlan } from "../src/check-plan.ts";
import { Installation, otherVersion } from "../src/installation.ts";
import { startPlannedCore } from "../src/planned-core.ts";
import { listening, type Running, start } from "../src/processes.ts";
import { type EnrollCall, ticketIn } from "../src/tenant.ts";

const CHECKS_PER_SECOND = 100;
const INTERVAL_SECONDS = 10;
const SERVICES = CHECKS_PER_SECOND * INTERVAL_SECONDS;
/** Upgrades, each followed by a rollback; more in `pnpm test:long`. */
const FAULTS = Number(process.env.E2E_FAULTS ?? 1);
const WAIT_MS = 90_000;
const BOUNDS = { killMs: WAIT_MS, waitedMs: WAIT_MS, silentMs: WAIT_MS };

const ENVIRONMENT = { PATH: `${dirname(process.execPath)}:${process.env.PATH}` };

/** A service that is started again by its command, as an upgrade of its package does (postinst: restart). */
class Service {
  readonly #path: string;
  readonly #args: readonly string[];
  #running: Running;

  constructor(path: string, args: readonly string[]) {
    this.#path = path;
    this.#args = args;
    this.#running = this.#start();
    onTestFinished(async () => {
      await this.#running.stop();
    });
  }

  #start(): Running {
    return start(this.#path, this.#args, ENVIRONMENT);
  }

  async restart(): Promise<void> {
    expect(await this.#running.stop(), this.#running.output()).toBe(0);
    this.#running = this.#start();
  }

  said(text: string): Promise<void> {
    return this.#running.said(text);
  }
}

test("packages are upgraded and rolled back under load: no check is lost or applied twice, nothing needs a hand, keys stay", {
  timeout: 120_000 + FAULTS * 60_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "e2e-upgrade-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const installation = new Installation(folder);
  installation.install(0);
  const port = await freePort();
  const server = new Service(installation.command("gearmand"), [
    ...[
      `--port=${port}`,
      "--listen=127.0.0.1",
      "--config-file=/dev/null",
      "--log-file=stderr",
      "--verbose=INFO",
    ],
    ...[`--pid-file=${folder}/gearmand.pid`, "--queue-type=libsqlite3", `--libsqlite3-db=${folder}/queue.db`],
  ]);
  await listening(port);
  const enroll = async (...args: string[]): Promise<EnrollCall> => {
    const running = start(installation.command("mod_gearman_enroll"), args, ENVIRONMENT);
    return { code: await running.ended, output: running.output() };
  };
  const keys = join(folder, "keys");
  mkdirSync(keys);
  expect(await enroll("init", `--dir=${keys}`, "--user=root")).toMatchObject({ code: 0 });
  const conf = [
    ...[`server=127.0.0.1:${port}`, "services=yes", "hosts=no", "eventhandler=no", "internal_check_dummy=no"],
    ...["encryption=no", "envelope=v2", `envelope_master_file=${keys}/master.key`],
    ...[`envelope_identities_file=${keys}/identities`, `enroll_dir=${keys}/enroll`],
  ];
  const config = join(folder, "module.conf");
  writeFileSync(config, `${conf.join("\n")}\n`);
  const issue = async (name: string): Promise<string> =>
    ticketIn(await enroll("issue", name, "--queue=service", `--config=${config}`));
  const redeem = async (name: string, ticket: string): Promise<EnrollCall> => {
    const machine = join(folder, name);
    mkdirSync(machine, { recursive: true });
    writeFileSync(join(machine, "ticket"), ticket);
    return enroll("redeem", `@${machine}/ticket`, `--dir=${machine}`, "--user=root", "--timeout=60");
  };
  const plan = new CheckPlan(BOUNDS);
  const runs = new AppliedRuns();
  const core = startPlannedCore({
    ...{ folder, checksPerSecond: CHECKS_PER_SECOND, intervalSeconds: INTERVAL_SECONDS },
    moduleArgs: `bridge_command=${installation.command("mod_gearman_bridge")} config=${config}`,
    onEvent: (event) => {
      plan.take(event);
      runs.take(event);
    },
  });
  onTestFinished(() => core.stop());
  const allAnswered = (when: string): Promise<void> => runs.allAnswered(SERVICES, when, WAIT_MS);
  const tickets = { used: await issue("w1"), revoked: await issue("w2"), open: await issue("w3") };
  await waitFor("the bridge's answer", async () => (await redeem("w1", tickets.used)).code === 0, WAIT_MS);
  expect(await redeem("w2", tickets.revoked)).toMatchObject({ code: 0 });
  expect(await enroll("revoke", "w2", `--config=${config}`)).toMatchObject({ code: 0 });
  const worker = new Service(installation.command("mod_gearman_worker"), [
    ...[
      `--config=${folder}/w1/worker.conf`,
      "--internal_check_dummy=yes",
      "--min-worker=8",
      "--max-worker=8",
      "--envelope_renew_interval=1",
    ],
    ...["--load_cpu_multi=0", "--mem_limit=0", "--logfile=/dev/stdout", `--pidfile=${folder}/worker.pid`],
  ]);
  await allAnswered("at the start");
  /** What does not change: w1 renews its keys. */
  const listed = async (): Promise<string[]> => {
    const { output } = await enroll("list", `--config=${config}`);
    return output.split("\n").filter((line) => /^(?:epochs|ticket|worker w[23])\b/.test(line));
  };
  const before = await listed();
  expect(before).toHaveLength(6);
  expect(before).toContainEqual(expect.stringContaining("worker w2: REVOKED"));

  const log = (): string => readFileSync(join(folder, "core.log"), "latin1");
  const move = async (digit: number): Promise<void> => {
    const before = bridgePids(folder);
    installation.install(digit);
    await server.restart();
    await worker.restart();
    core.reload();
    const other = (): boolean => bridgePids(folder).some((pid) => !before.includes(pid));
    await waitFor("another bridge", () => other() && bridgePids(folder).length === 1, WAIT_MS);
    await worker.said(`version ${otherVersion(digit)} `);
    await waitFor("its version", () => log().includes(`bridge ${otherVersion(digit)} serves`), WAIT_MS);
    await allAnswered(`with version ${otherVersion(digit)}`);
  };
  for (let upgrade = 1; upgrade <= FAULTS; upgrade++) {
    await move(1);
    expect(await listed()).toEqual(before);
    await move(0);
    expect(await listed()).toEqual(before);
  }
  const again = await redeem("thief", tickets.used);
  expect(again).toMatchObject({ code: 1, output: expect.stringContaining("REDEEMED") });
  expect(await redeem("w3", tickets.open)).toMatchObject({ code: 0 });
  expect(await enroll("revoke", "w3", `--config=${config}`)).toMatchObject({ code: 0 }); // it never runs
  expect(await enroll("rotate", "--wait=60", `--config=${config}`)).toMatchObject({ code: 0 });
  expect(await listed()).toContainEqual(expect.stringMatching(/^epochs in use: 2, 1\b/));
  const underNewKeys = runs.results + 4 * CHECKS_PER_SECOND; // the bridge takes them within two seconds
  await waitFor("checks under the new keys", () => runs.results >= underNewKeys, WAIT_MS);
  const { lost, doubled, planned } = plan.report([], Date.now());
  expect({ lost, doubled, runs: runs.doubled }).toEqual({ lost: [], doubled: [], runs: [] });
  expect(planned).toBeGreaterThanOrEqual((1 + 2 * FAULTS) * SERVICES);
});
