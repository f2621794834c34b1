import { waitFor } from "@mod-gearman/testkit";
import { describe, expect, onTestFinished, test } from "vitest";

import { cores } from "../src/cores.ts";
import { type JobServerKind, startJobServer } from "../src/job-servers.ts";
import { needs } from "../src/needs.ts";
import { type RecordJob, takeRecords } from "../src/records.ts";
import { setScene } from "../src/scene.ts";
import { ownBridge, startTestCore } from "../src/test-core.ts";
import { moduleConf } from "../src/workers.ts";

const LIMIT_MS = 60_000;

const RULES = [
  "encryption=no",
  "export=log_queue:0:NEBCALLBACK_LOG_DATA",
  "export=proc_queue:0:NEBCALLBACK_PROCESS_DATA",
  "export=timed_queue:0:1",
  "",
].join("\n");
const QUEUES = ["log_queue", "proc_queue", "timed_queue"];
const HEAD = String.raw`"flags":\d+,"attr":\d+,"timestamp":\d{10}\.\d{6}`;

/** Names of the process events, in the order of their arrival; each is looked at as a whole. */
function processEvents(jobs: readonly RecordJob[]): string[] {
  const pattern = new RegExp(
    `^\\{"callback_type":"NEBCALLBACK_PROCESS_DATA","type":"NEBTYPE_PROCESS_([A-Z]+)",${HEAD}\\}$`,
  );
  return jobs
    .filter(({ queue }) => queue === "proc_queue")
    .map(({ text }) => pattern.exec(text)?.[1] ?? `not an event: ${text}`);
}

/** Log lines, in the order of their arrival. */
function logLines(jobs: readonly RecordJob[]): string[] {
  const pattern = new RegExp(
    `^\\{"callback_type":"NEBCALLBACK_LOG_DATA","type":"NEBTYPE_LOG_DATA",${HEAD},"entry_time":\\d{10},"data_type":\\d+,"data":".*"\\}$`,
  );
  return jobs
    .filter(({ queue }) => queue === "log_queue")
    .map(({ text }) =>
      pattern.test(text) ? (JSON.parse(text) as { data: string }).data : `no line: ${text}`,
    );
}

const jobServers: readonly JobServerKind[] = ["the real gearmand", "our job server"];

describe.for(cores)("$kind", (core) => {
  test("log lines from the start on, process and timed events", async (context) => {
    needs(context, { core, jobServer: "the real gearmand" });
    const gearmand = await startJobServer("the real gearmand");
    onTestFinished(() => gearmand.stop());
    const taken = await takeRecords(gearmand.port, QUEUES);
    const { core: running } = await setScene(core, `${moduleConf(gearmand.port)}${RULES}`, (p) => ({
      commands: { alive: `${p.hostPlugin} $HOSTNAME$` },
      hosts: [{ name: "web01", command: "alive", interval: 2 }],
      services: [{ host: "web01", description: "HTTP", command: "alive", interval: 2 }],
    }));
    // Written before the bridge has its configuration.
    const started =
      core.kind === "naemon" ? /^Naemon successfully initialized/ : /^mod_gearman: starting the bridge/; // Nagios itself writes none after EVENTLOOPSTART
    await waitFor(
      "the lines of the start",
      () => logLines(taken).some((line) => started.test(line)),
      LIMIT_MS,
    );
    await waitFor(
      "its own lines",
      () => logLines(taken).includes("mod_gearman: connected to the bridge"),
      LIMIT_MS,
    );
    running.reload();
    await waitFor("events of the reload", () => processEvents(taken).length >= 2, LIMIT_MS);
    expect(processEvents(taken)).toEqual(["EVENTLOOPEND", "RESTART"]);
    await waitFor(
      "the lines after it",
      () => logLines(taken).filter((line) => line === "mod_gearman: connected to the bridge").length === 2,
      LIMIT_MS,
    );
    expect(logLines(taken).filter((line) => line.startsWith("no line: "))).toEqual([]);
    const timed = taken.filter(({ queue }) => queue === "timed_queue").map(({ text }) => text);
    if (core.kind === "naemon")
      expect(timed).toEqual([]); // Naemon has none
    else
      expect(timed.join("\n")).toMatch(
        new RegExp(
          `\\{"callback_type":"NEBCALLBACK_TIMED_EVENT_DATA","event_type":"EVENT_HOST_CHECK","type":"NEBTYPE_TIMEDEVENT_EXECUTE",${HEAD},"recurring":\\d,"run_time":\\d{10}\\}`,
        ),
      );
    expect(await running.isRunning()).toBe(true);
  });
});

describe.for(jobServers.map((jobServer) => ({ jobServer })))("test core with $jobServer", ({ jobServer }) => {
  test("what comes after the end of the event loop is exported too, up to the last line", async (context) => {
    needs(context, { jobServer });
    const gearmand = await startJobServer(jobServer);
    onTestFinished(() => gearmand.stop());
    const taken = await takeRecords(gearmand.port, QUEUES);
    const { core } = startTestCore("echo fine", ownBridge, `server=127.0.0.1:${gearmand.port}\n${RULES}`);
    await waitFor(
      "the lines of the start",
      () => logLines(taken).some((line) => line.startsWith("mgm-testcore successfully initialized")),
      LIMIT_MS,
    );
    process.kill(core.pid, "SIGHUP");
    await core.said('"event":"reload"');
    await waitFor("events of the reload", () => processEvents(taken).length === 2, LIMIT_MS);
    await waitFor(
      "the bridge serves the core again",
      () => logLines(taken).filter((line) => line === "mod_gearman: connected to the bridge").length === 2,
      LIMIT_MS,
    );
    expect(await core.stop()).toBe(0);
    await waitFor("events of the end", () => processEvents(taken).length === 4, LIMIT_MS);
    expect(processEvents(taken)).toEqual(["EVENTLOOPEND", "RESTART", "EVENTLOOPEND", "SHUTDOWN"]);
    const last = `Successfully shutdown... (PID=${core.pid})`;
    await waitFor("the last line", () => logLines(taken).includes(last), LIMIT_MS);
    expect(logLines(taken).filter((line) => line === last)).toHaveLength(1);
  });
});
