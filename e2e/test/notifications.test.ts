import { describe, expect, onTestFinished, test } from "vitest";

import { cores } from "../src/cores.ts";
import { linesOf } from "../src/files.ts";
import { startJobServer } from "../src/job-servers.ts";
import { needs } from "../src/needs.ts";
import { setScene } from "../src/scene.ts";
import { waitForStatus } from "../src/status-file.ts";
import { moduleConf, startWorker } from "../src/workers.ts";

/** Output of the notification command, values separated by `|`. */
const MACROS = [
  "CONTACTNAME",
  "NOTIFICATIONTYPE",
  "HOSTNAME",
  "SERVICEDESC",
  "ARG1",
  "NOTIFICATIONNUMBER",
  "NOTIFICATIONISESCALATED",
  "NOTIFICATIONAUTHOR",
  "NOTIFICATIONAUTHORNAME",
  "NOTIFICATIONAUTHORALIAS",
  "NOTIFICATIONCOMMENT",
  "SERVICEACKAUTHOR",
  "SERVICEACKCOMMENT",
];

describe.for(cores)("$kind", (core) => {
  test("problem, escalation, custom, acknowledgement and recovery run on a worker, as the core would", async (context) => {
    needs(context, { core, jobServer: "the real gearmand" });
    const gearmand = await startJobServer("the real gearmand");
    onTestFinished(() => gearmand.stop());
    const isNaemon = core.kind === "naemon";
    const { site, plugins } = await setScene(
      core,
      `${moduleConf(gearmand.port)}notifications=yes\n`,
      (p) => ({
        commands: {
          state: `${p.statePlugin} $HOSTNAME$/$SERVICEDESC$`,
          alive: `${p.hostPlugin} $HOSTNAME$`,
          notify: `${p.notifier} ${MACROS.map((name) => `"$${name}$"`).join(" ")}`,
          global: `${p.notifier} GLOBAL "$NOTIFICATIONTYPE$" "$HOSTNAME$" "$SERVICEDESC$" "$NOTIFICATIONNUMBER$"`,
        },
        hosts: [{ name: "web01", command: "alive", interval: 2 }],
        services: [{ host: "web01", description: "HTTP", command: "state", interval: 2 }],
        notifications: {
          contacts: [
            {
              name: "admin",
              alias: "The Admin",
              command: "notify!$SERVICESTATE$/$NOTIFICATIONTYPE$",
            },
            { name: "manager", alias: "The Manager", command: "notify!x" },
          ],
          contact: "admin",
          repeatSeconds: 2,
          escalatedTo: "manager",
          ...(isNaemon ? { globalHandler: "global" } : {}),
        },
      }),
    );
    const worker = startWorker(gearmand.port, ["--notifications=yes"]);
    onTestFinished(async () => {
      await worker.stop();
    });
    await waitForStatus(
      site.statusFile,
      "the first result",
      (s) => s.services.get("web01/HTTP")?.get("has_been_checked") === "1",
    );

    plugins.setState(2);
    const output = "env plugin ran for web01/HTTP with code 2 |";
    const admin = "CRITICAL/PROBLEM";
    await plugins.waitNotified(`${output}admin|PROBLEM|web01|HTTP|${admin}|1|0||||||`);
    if (isNaemon) await plugins.waitNotified(`${output}GLOBAL|PROBLEM|web01|HTTP|1`);
    await plugins.waitNotified(`${output}manager|PROBLEM|web01|HTTP|x|2|1||||||`);

    site.command("SEND_CUSTOM_SVC_NOTIFICATION;web01;HTTP;2;admin;look at it");
    await plugins.waitNotified("|CUSTOM|web01|HTTP|");
    await plugins.waitNotified("|admin|admin|The Admin|look at it||");
    site.command("ACKNOWLEDGE_SVC_PROBLEM;web01;HTTP;1;1;0;The Manager;on it");
    await plugins.waitNotified("|ACKNOWLEDGEMENT|web01|HTTP|");
    await plugins.waitNotified("|The Manager|manager|The Manager|on it|The Manager|on it");
    plugins.setState(0);
    await plugins.waitNotified("|RECOVERY|web01|HTTP|");

    const log = linesOf(site.logFile).join("\n");
    const problem = "plugin ran for web01/HTTP with code 2";
    expect(log).toContain(`SERVICE NOTIFICATION: admin;web01;HTTP;CRITICAL;notify;${problem}\n`);
    expect(log).toContain(
      `SERVICE NOTIFICATION: manager;web01;HTTP;ACKNOWLEDGEMENT (CRITICAL);notify;${problem};The Manager;on it`,
    );
    expect(log).toMatch(/CUSTOM \(CRITICAL\);notify;[^;\n]*;admin;look at it/);
    expect(log.includes("SERVICE NOTIFICATION: GLOBAL;web01;HTTP;CRITICAL;global;")).toBe(isNaemon);
  });
});
