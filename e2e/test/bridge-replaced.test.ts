import { readFileSync } from "node:fs";
import { JobPeer, waitFor } from "@mod-gearman/testkit";
import { describe, expect, onTestFinished, test } from "vitest";

import { cores } from "../src/cores.ts";
import { linesOf } from "../src/files.ts";
import { startJobServer } from "../src/job-servers.ts";
import { needs } from "../src/needs.ts";
import { jobsInQueues } from "../src/queue-status.ts";
import { setScene } from "../src/scene.ts";
import { waitForStatus } from "../src/status-file.ts";
import { moduleConf } from "../src/workers.ts";

const LIMIT_MS = 60_000;
const SERVICES = ["a", "b", "c"];
/** Planned over the first twenty seconds. */
const DUE_SOON = Array.from({ length: 100 }, (_, at) => `soon-${at + 1}`);
const EVENTS = Array.from({ length: 20 }, (_, at) => String(at + 1));

const openConf = (port: number, more: string): string =>
  `${moduleConf(port).replace("encryption=yes", "encryption=no")}${more}`;

/** CPU time of a process, seconds; /proc counts hundredths. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** A result on its way through the bridge to the core: what the bridge had said before is there by then, the receipts of checks too. */
async function passThrough(port: number, statusFile: string): Promise<void> {
  const now = (Date.now() / 1000).toFixed(6);
  const text = `host_name=web01\nstart_time=${now}\nfinish_time=${now}\nreturn_code=0\nexited_ok=1\noutput=came through\n\n`;
  const peer = await JobPeer.connect(port);
  onTestFinished(() => peer.close());
  await peer.submit("check_results", Buffer.from(Buffer.from(text).toString("base64")));
  await waitForStatus(
    statusFile,
    "a result by the bridge",
    ({ hosts }) => hosts.get("web01")?.get("plugin_output") === "came through",
  );
}

/** What a core does over some writes of its status while it holds checks. */
async function usedWhileHolding(pid: number, statusFile: string) {
  const planned = async (
    after: string,
  ): Promise<{ created: string; next: Map<string, string>; checked: number }> => {
    const found = { created: "", next: new Map<string, string>(), checked: 0 };
    await waitForStatus(statusFile, "another status", (s) => {
      found.created = linesOf(statusFile).find((line) => line.includes("created=")) ?? "";
      const soon = DUE_SOON.map((name) => [name, s.services.get(`web01/${name}`)] as const);
      found.next = new Map(soon.map(([name, one]) => [name, one?.get("next_check") ?? ""]));
      found.checked = soon.filter(([, one]) => one?.get("has_been_checked") === "1").length;
      return found.created !== after;
    });
    return found;
  };
  const first = await planned("");
  const start = { ms: performance.now(), cpu: cpuSeconds(pid) };
  let last = first;
  for (let writes = 0; writes < 4; writes++) last = await planned(last.created);
  const seconds = (performance.now() - start.ms) / 1000;
  const held = DUE_SOON.filter((name) => last.next.get(name) !== first.next.get(name)).length;
  return { held, ranLocally: last.checked, cpuPart: (cpuSeconds(pid) - start.cpu) / seconds };
}

describe.for(cores)("$kind", (core) => {
  test("the bridge is killed, and the jobs that it had handed over are lost too: the checks run again", async (context) => {
    needs(context, { core });
    const server = await startJobServer("our job server");
    onTestFinished(() => server.stop());
    const { site, core: running } = await setScene(core, openConf(server.port, ""), (p) => ({
      commands: { state: p.statePlugin },
      hosts: [{ name: "web01", command: "state", interval: 3600 }],
      services: SERVICES.map((description) => ({
        ...{ host: "web01", description, command: "state", interval: 3600 },
      })),
    }));
    const waiting = async (): Promise<number> => (await jobsInQueues(server.port)).get("service") ?? 0;
    const isConnected = () => linesOf(site.logFile).some((line) => line.includes("connected to job server"));
    await waitFor("the job server", isConnected, LIMIT_MS);
    for (const service of SERVICES) site.command(`SCHEDULE_FORCED_SVC_CHECK;web01;${service};0`);
    await waitFor(
      "all checks on the job server",
      async () => (await waiting()) === SERVICES.length,
      LIMIT_MS,
    );
    await passThrough(server.port, site.statusFile);
    const [bridge = 0] = running.bridgePids();
    await server.kill();
    process.kill(bridge, "SIGKILL");
    await server.restart();
    // Each runs once more, long before the core misses it.
    await waitFor("all of them again", async () => (await waiting()) === SERVICES.length, LIMIT_MS);
    expect(running.bridgePids()).not.toContain(bridge);
    const log = linesOf(site.logFile).join("\n");
    expect(log).toContain("checks under way were handed to a bridge before this one");
    expect(
      log.match(/mod_gearman: the check of web01[^\n]* was lost and will run again/g)?.length,
    ).toBeGreaterThanOrEqual(SERVICES.length);
  });

  test("no job server: checks are held without work for the core, and a reload loses no event handler and no notification", async (context) => {
    needs(context, { core });
    const server = await startJobServer("our job server");
    onTestFinished(() => server.stop());
    const keep = "notifications=yes\neventhandlers_when_away=keep\nnotifications_when_away=keep\n";
    const { site, core: running } = await setScene(core, openConf(server.port, keep), (p) => ({
      commands: {
        state: p.statePlugin,
        handle: `${p.handler} handled-$SERVICEOUTPUT$.`,
        notify: `${p.notifier} noted-$NOTIFICATIONCOMMENT$.`,
      },
      hosts: [{ name: "web01", command: "state", interval: 3600 }],
      services: [
        { host: "web01", description: "HTTP", command: "state", interval: 3600, eventHandler: "handle" },
        ...DUE_SOON.map((description) => ({ host: "web01", description, command: "state", interval: 20 })),
      ],
      notifications: {
        contacts: [
          { name: "admin", alias: "admin", command: "notify" },
          { name: "manager", alias: "manager", command: "notify" },
        ],
        contact: "admin",
        repeatSeconds: 0,
        escalatedTo: "manager",
      },
    }));
    const logged = (text: string): number =>
      linesOf(site.logFile).filter((line) => line.includes(text)).length;
    const CONNECTED = "mod_gearman: connected to the bridge";
    await waitFor("the bridge", () => logged(CONNECTED) === 1, LIMIT_MS);
    await waitFor("the job server", () => logged("connected to job server") === 1, LIMIT_MS);
    await server.kill();
    for (const event of EVENTS) {
      const state = Number(event) % 2 === 1 ? 2 : 0;
      site.command(`PROCESS_SERVICE_CHECK_RESULT;web01;HTTP;${state};${event}`);
      site.command(`SEND_CUSTOM_SVC_NOTIFICATION;web01;HTTP;2;admin;${event}`);
    }
    const handlers = () => logged("SERVICE EVENT HANDLER: web01;HTTP");
    const notes = () => logged("CUSTOM (");
    await waitFor("the events", () => handlers() >= EVENTS.length && notes() >= EVENTS.length, LIMIT_MS);
    await waitFor(
      "the line",
      () => logged("checks are held, event handlers are kept for it") === 1,
      LIMIT_MS,
    );
    const used = await usedWhileHolding(running.pid, site.statusFile);
    expect(used.held).toBeGreaterThan(0);
    expect(used.ranLocally).toBe(0);
    expect(used.cpuPart).toBeLessThan(0.2);
    running.reload();
    await waitFor("the reload", () => logged(CONNECTED) === 2, LIMIT_MS);

    await server.restart();
    const texts: string[] = [];
    const peer = await JobPeer.connect(server.port);
    onTestFinished(() => peer.close());
    peer.take(["eventhandler", "notification"], (workload) => {
      const text = Buffer.from(workload.toString("latin1"), "base64").toString("latin1");
      texts.push(...(text.match(/(?:handled|noted)-\d+(?=\.)/g) ?? []));
    });
    const wanted = EVENTS.flatMap((event) => [`handled-${event}`, `noted-${event}`]).toSorted();
    await waitFor("all of them", () => texts.length >= wanted.length, LIMIT_MS);
    expect(texts.toSorted()).toEqual(wanted);
    expect(logged("are lost: the bridge did not take them")).toBe(0);
  });
});
