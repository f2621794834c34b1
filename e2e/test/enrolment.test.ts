import { readdirSync, readFileSync } from "node:fs";
import { freePort, waitFor } from "@mod-gearman/testkit";
import { expect, onTestFinished, test } from "vitest";
import { bridgePids } from "../src/bridge-pids.ts";
import { startJobServer } from "../src/job-servers.ts";
import { coreLog, startTenant, type Tenant, ticketIn } from "../src/tenant.ts";
import { ticketAttacks } from "../src/ticket-attacks.ts";

/** Of the larger tenant; more in `pnpm test:long`. */
const CHECKS_PER_SECOND = Number(process.env.E2E_ENROLMENT_RATE ?? 40);
const SMALL_RATE = 5;
const WAIT_MS = 120_000;
const TEST_MS = 600_000;

const allAnswered = (tenant: Tenant, when: string): Promise<void> =>
  tenant.runs.allAnswered(tenant.services, when, WAIT_MS);

async function startTenants(): Promise<{ large: Tenant; small: Tenant; metricsPort: number }> {
  const server = await startJobServer("our job server");
  onTestFinished(() => server.stop());
  const metricsPort = await freePort();
  const shared = { port: server.port, waitMs: WAIT_MS };
  const large = await startTenant({
    ...{ ...shared, name: "large", metricsPort, checksPerSecond: CHECKS_PER_SECOND, coreArgs: [] },
    queueLines: ["services=yes", "hosts=no", "eventhandler=no"],
  });
  const small = await startTenant({
    ...{ ...shared, name: "small", metricsPort: await freePort(), checksPerSecond: SMALL_RATE },
    queueLines: ["hostgroups=tenant", "services=no", "hosts=no", "eventhandler=no"],
    coreArgs: ["--hostgroup=tenant"],
  });
  return { large, small, metricsPort };
}

/** Enrols a machine. @returns the ticket too, which is used up, and when the machine began to redeem it */
async function enrol(tenant: Tenant, name: string, queue: string) {
  const ticket = ticketIn(await tenant.enroll("issue", name, `--queue=${queue}`));
  const machine = tenant.machine(ticket);
  const atMs = performance.now();
  await waitFor("the bridge's answer", async () => (await machine.redeem()).code === 0, WAIT_MS);
  return { ticket, machine, atMs };
}

async function killBridge({ folder }: Tenant): Promise<void> {
  const [bridge = 0] = bridgePids(folder);
  process.kill(bridge, "SIGKILL");
  await waitFor("another bridge", () => bridgePids(folder).some((pid) => pid !== bridge), WAIT_MS);
}

test("two tenants enrol machines, rotate keys and revoke a worker under load: none of their checks is lost", {
  timeout: TEST_MS,
}, async () => {
  const { large, small, metricsPort } = await startTenants();
  const first = await enrol(large, "large-1", "service");
  const workers = [first.machine.startWorker()];
  await waitFor("the first check of a bare machine", () => large.runs.results > 0, WAIT_MS);
  const firstMs = performance.now() - first.atMs;
  console.log(`first result of a bare machine ${(firstMs / 1000).toFixed(1)} s after its redeem command`);
  const second = await enrol(large, "large-2", "service");
  workers.push(second.machine.startWorker());
  const third = await enrol(small, "small-1", "hostgroup_tenant");
  workers.push(third.machine.startWorker());
  await Promise.all([allAnswered(large, "at the start"), allAnswered(small, "at the start")]);

  for (const tenant of [large, small]) {
    expect(await tenant.enroll("rotate", "--wait=120")).toMatchObject({ code: 0 });
    await allAnswered(tenant, "under the new epoch");
    expect(await tenant.enroll("rotate", "--finish")).toMatchObject({ code: 0 });
    await allAnswered(tenant, "without the old epoch");
  }
  for (const { plan, runs } of [large, small]) {
    const { lost, doubled } = plan.report([], Date.now());
    expect({ lost, doubled, runs: runs.doubled }).toEqual({ lost: [], doubled: [], runs: [] });
  }

  // from here on processes are killed, so checks may run again
  await killBridge(large);
  await workers[0]?.kill();
  workers[0] = first.machine.startWorker();
  await allAnswered(large, "after the kills");
  const thief = large.machine(first.ticket);
  expect(await thief.redeem()).toMatchObject({ code: 1, output: expect.stringContaining("REDEEMED") });
  await waitFor("the alarm in the core", () => large.alarms.length > 0, WAIT_MS);
  expect(coreLog(large)).toMatch(/ALARM: ticket \w{16} of worker large-1 was redeemed a second time/);
  const metricsOf = async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  for (const [reason, ticket] of Object.entries(ticketAttacks)) {
    const attacker = large.machine(await ticket(large));
    const outcome = { code: 1, output: expect.stringContaining(`(${reason})`) };
    expect(await attacker.redeem()).toMatchObject(outcome);
    expect(readdirSync(attacker.folder)).toEqual(["ticket"]);
  }
  const metrics = await metricsOf();
  expect(metrics).toContain("modgearmanbridge_enroll_alarms_total 1");
  for (const reason of ["unknown_key", "expired", "revoked", "redeemed"])
    expect(metrics).toContain(`modgearmanbridge_enroll_refused_total{reason="${reason}"} 1`);

  for (const worker of workers.slice(0, 2)) await worker.stop();
  const revoked = second.machine.startWorker(0); // hears of it from the bridge, without a question
  await allAnswered(large, "by the worker that is to be revoked");
  expect(await large.enroll("revoke", "large-2")).toMatchObject({ code: 0 });
  await revoked.said("the bridge has revoked this worker, large-2", WAIT_MS);
  first.machine.startWorker();
  await allAnswered(large, "after the revocation");
  expect(await metricsOf()).toContain("modgearmanbridge_checks_lost_total 0");
  const { folder } = second.machine;
  const renew = () =>
    large.enroll(
      "renew",
      `--identity=${folder}/large-2.key`,
      "--queue=enroll_large",
      `--server=${serverOf(folder)}`,
    );
  await waitFor("the refusal", async () => (await renew()).output.includes("REVOKED"), WAIT_MS);
  await killBridge(large);
  await waitFor(
    "the refusal of the next bridge",
    async () => (await renew()).output.includes("REVOKED"),
    WAIT_MS,
  );
  await allAnswered(large, "without the revoked worker");
  const listed = await large.enroll("list");
  expect(listed.output).toContain("worker large-2: REVOKED");
  expect(listed.output).toMatch(/ticket \w{16} of worker large-1: redeemed by .*, AGAIN by /);
});

/** The job server in the configuration of a machine. */
function serverOf(folder: string): string {
  return /^server=(.*)$/m.exec(readFileSync(`${folder}/worker.conf`, "latin1"))?.[1] ?? "";
}
