import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor } from "@mod-gearman/testkit";
import { expect, onTestFinished, test } from "vitest";

import { attempt } from "../src/command.ts";
import { fakedClock } from "../src/faked-clock.ts";
import { PACKET, request } from "../src/gearman-wire.ts";
import { startJobServer } from "../src/job-servers.ts";
import { programs, root } from "../src/paths.ts";
import { freePort } from "../src/processes.ts";
import { RawPeer } from "../src/raw-peer.ts";
import { ownBridge, startTestCore } from "../src/test-core.ts";
import { moduleConf, startWorker } from "../src/workers.ts";

const AHEAD_S = 90;
const MINUTE_MS = 60_000;
const DEAD = "hostgroup_dead";
const UNSERVED = "servicegroup_unserved";

/** What a page says of its site. */
interface SeenSite {
  readonly health: { readonly findings: readonly { readonly code: string; readonly text: string }[] };
  readonly queues: readonly { readonly name: string; readonly workers: number }[];
}

/** Nothing while nothing listens yet. */
function siteAt(port: number): Promise<SeenSite> {
  return fetch(`http://127.0.0.1:${port}/api/site`).then(
    (answer) => answer.json() as Promise<SeenSite>,
    () => ({ health: { findings: [] }, queues: [] }),
  );
}

/** Runs one of the tools. */
const tool = (app: string, ...args: string[]) =>
  attempt(process.execPath, [join(root, `apps/${app}/dist/main.js`), ...args], { timeoutMs: MINUTE_MS });

interface FaultySite {
  readonly bridgePage: number;
  readonly coreConfig: string;
}

/**
 * A site with five faults: a worker with a wrong key (host checks), a stopped one (its own queue), a plugin that takes
 * four of its five seconds, a queue without worker, and a worker whose clock is 90 s ahead (the one with the slow plugin).
 */
async function startFaultySite(): Promise<FaultySite> {
  const [serverPage, bridgePage] = [await freePort(), await freePort()];
  const server = await startJobServer("our job server", [`--admin-listen=${serverPage}`, "--stall-after=2"]);
  onTestFinished(() => server.stop());
  const conf = `${moduleConf(server.port)}admin_listen=${bridgePage}\nadmin_servers=127.0.0.1:${serverPage}\nworker_times=yes\nhostgroups=dead\nservicegroups=unserved\n`;
  const clock = fakedClock();
  onTestFinished(() => clock.close());
  clock.jump(AHEAD_S);
  const workers = [
    startWorker(server.port, ["--identifier=ahead", "--hosts=no"], clock.env),
    startWorker(server.port, [
      "--identifier=wrong-key",
      "--services=no",
      "--key=another-key-of-thirty-two-bytes-",
    ]),
    startWorker(server.port, [
      "--identifier=dead",
      "--hosts=no",
      "--services=no",
      "--eventhandler=no",
      "--hostgroups=dead",
    ]),
  ];
  for (const worker of workers)
    onTestFinished(async () => {
      process.kill(worker.pid, "SIGCONT");
      await worker.stop();
    });
  const peer = await RawPeer.connect(server.port);
  onTestFinished(() => peer.close());
  await waitFor("the worker that will be stopped", async () => {
    const { queues } = await siteAt(serverPage);
    return queues.some(({ name, workers }) => name === DEAD && workers > 0);
  });
  if (workers[2] !== undefined) process.kill(workers[2].pid, "SIGSTOP");
  // only now, so that the stopped worker has no check of it; host-01 is in the one group, its first service in the other
  const extra = ["--hostgroup=dead", "--servicegroup=unserved", "--check-timeout=5"];
  const { folder } = startTestCore("sleep 4; echo slow", ownBridge, conf, extra);
  for (const queue of [DEAD, UNSERVED]) await peer.ask(request(PACKET.SUBMIT_JOB_BG, queue, "left", "job"));
  return { bridgePage, coreConfig: coreConfigFile(folder) };
}

/** What a core's own file would say, for the doctor. */
function coreConfigFile(folder: string): string {
  const made = mkdtempSync(join(tmpdir(), "e2e-core-config-"));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  const path = join(made, "naemon.cfg");
  const lines = [
    `broker_module=${programs.shim} config=${join(folder, "module.conf")}`,
    "event_broker_options=-1",
    "",
  ];
  writeFileSync(path, lines.join("\n"));
  return path;
}

test("page, doctor and trace find each of five faults", async () => {
  const { bridgePage, coreConfig } = await startFaultySite();
  await waitFor("the page", async () => {
    const { health } = await siteAt(bridgePage);
    const found = health.findings.map(({ code, text }) => `${code}: ${text}`).join("\n");
    return (
      /^worker-key: Worker wrong-key /m.test(found) &&
      /^plugin-slow: Plugins need most of their time limit: host-0/m.test(found) &&
      /^worker-clock: The clock of worker ahead is (8|9)\d\.\d s ahead/m.test(found) &&
      new RegExp(`^queue-stalled: Queue ${DEAD} `, "m").test(found) &&
      new RegExp(`^queue-without-worker: Queue ${UNSERVED} `, "m").test(found)
    );
  });

  const slow = await tool("trace", "--json", `--bridge=${bridgePage}`, "-t", "50", "host-02", "service-01");
  const { check, hops } = JSON.parse(slow.output);
  const [largest] = hops.toSorted((one: { ms: number }, other: { ms: number }) => other.ms - one.ms);
  expect(largest.hop).toBe("plugin");
  expect(check).toMatchObject({ worker: "ahead" });
  expect(check.clockDifferenceMs).toBeGreaterThan((AHEAD_S - 60) * 1000);
  const page = await fetch(`http://127.0.0.1:${bridgePage}/api/checks?host=host-02&service=service-01`);
  const { checks } = (await page.json()) as {
    checks: { timesMs: { applied: number | null }; clockDifferenceMs: number }[];
  };
  const finished = checks.find(({ timesMs }) => timesMs.applied !== null);
  expect(finished?.clockDifferenceMs).toBeGreaterThan((AHEAD_S - 60) * 1000);
  const lateTrace = async (...object: string[]) => {
    const { code, output } = await tool("trace", "--json", `--bridge=${bridgePage}`, ...object);
    expect(code, output).toBe(2);
    return JSON.parse(output).place as { code: string; text: string };
  };
  const [undecoded, stalled, unserved] = await Promise.all([
    lateTrace("host-02"),
    lateTrace("host-01"),
    lateTrace("host-01", "service-01"),
  ]);
  expect(undecoded).toMatchObject({
    code: "worker-key",
    text: expect.stringMatching(/ queue host .*: wrong-key$/),
  });
  expect(stalled).toMatchObject({
    code: "queue-stalled",
    text: expect.stringMatching(`queue ${DEAD}.* its workers take nothing: dead `),
  });
  expect(unserved).toMatchObject({
    code: "queue-without-worker",
    text: expect.stringContaining(`no worker takes jobs of queue ${UNSERVED}`),
  });

  const doctor = await tool("doctor", "--json", `--core-config=${coreConfig}`);
  const report = JSON.parse(doctor.output) as {
    findings: { id: string; what: string }[];
  };
  const { findings } = report;
  const found = findings.map(({ id, what }) => `${id}: ${what}`).join("\n");
  expect(doctor.code).toBe(2);
  expect(found).toMatch(/^worker-key: .* queue host /m);
  expect(found).toMatch(new RegExp(`^queue-stalled: .* queue ${DEAD},`, "m"));
  expect(found).toMatch(new RegExp(`^queue-without-worker: .* queue ${UNSERVED};`, "m"));
  expect(found).toMatch(/^plugin-slow: plugins of queue service .*host-0\d service-0\d \(4\.\d of 5 s\)/m);
  expect(found).toMatch(/^clock-differs: .*ahead.* 9\d\.\d s/m);
  expect(found).not.toMatch(/^(?!plugin-slow).* queue service /m);
});
