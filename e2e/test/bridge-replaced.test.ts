import { JobPeer, waitFor } from "@mod-gearman/testkit";
import { describe, expect, onTestFinished, test } from "vitest";

import { cores } from "../src/cores.ts";
import { linesOf } from "../src/files.ts";
import { startJobServer } from "../src/job-servers.ts";
import { needs } from "../src/needs.ts";
import { jobsInQueues } from "../src/queue-status.ts";
import { setScene } from "../src/scene.ts";
import { moduleConf } from "../src/workers.ts";

const LIMIT_MS = 60_000;
const SERVICES = ["a", "b", "c"];
const EVENTS = Array.from({ length: 20 }, (_, at) => String(at + 1));

const openConf = (port: number, more: string): string =>
  `${moduleConf(port).replace("encryption=yes", "encryption=no")}${more}`;

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

  test("a reload while no job server is there loses no event handler and no notification", async (context) => {
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
