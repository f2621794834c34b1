import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

const CHECKS_PER_SECOND = 100;
const INTERVAL_SECONDS = 10;
const SERVICES = CHECKS_PER_SECOND * INTERVAL_SECONDS;
/** Upgrades, each followed by a rollback; more in `pnpm test:long`. */
const FAULTS = Number(process.env.E2E_FAULTS ?? 1);
const WAIT_MS = 90_000;
const BOUNDS = { killMs: WAIT_MS, waitedMs: WAIT_MS, silentMs: WAIT_MS };

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
    return start(this.#path, this.#args, { PATH: `${dirname(process.execPath)}:${process.env.PATH}` });
  }

  async restart(): Promise<void> {
    expect(await this.#running.stop(), this.#running.output()).toBe(0);
    this.#running = this.#start();
  }

  said(text: string): Promise<void> {
    return this.#running.said(text);
  }
}

test("packages are upgraded and rolled back under load: no check is lost or applied twice, nothing needs a hand", {
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
  const worker = new Service(installation.command("mod_gearman_worker"), [
    ...[
      `--server=127.0.0.1:${port}`,
      "--encryption=no",
      "--services=yes",
      "--internal_check_dummy=yes",
      "--identifier=w1",
      "--min-worker=8",
    ],
    ...[
      "--max-worker=8",
      "--load_cpu_multi=0",
      "--mem_limit=0",
      "--logfile=/dev/stdout",
      `--pidfile=${folder}/worker.pid`,
    ],
  ]);
  const conf = [`server=127.0.0.1:${port}`, "encryption=no", "services=yes", "hosts=no", "eventhandler=no"];
  writeFileSync(join(folder, "module.conf"), [...conf, "internal_check_dummy=no", ""].join("\n"));
  const plan = new CheckPlan(BOUNDS);
  const runs = new AppliedRuns();
  const core = startPlannedCore({
    ...{ folder, checksPerSecond: CHECKS_PER_SECOND, intervalSeconds: INTERVAL_SECONDS },
    moduleArgs: `bridge_command=${installation.command("mod_gearman_bridge")} config=${folder}/module.conf`,
    onEvent: (event) => {
      plan.take(event);
      runs.take(event);
    },
  });
  onTestFinished(() => core.stop());
  const allAnswered = (when: string): Promise<void> => runs.allAnswered(SERVICES, when, WAIT_MS);
  await allAnswered("at the start");

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
    await move(0);
  }
  const { lost, doubled, planned } = plan.report([], Date.now());
  expect({ lost, doubled, runs: runs.doubled }).toEqual({ lost: [], doubled: [], runs: [] });
  expect(planned).toBeGreaterThanOrEqual((1 + 2 * FAULTS) * SERVICES);
});
