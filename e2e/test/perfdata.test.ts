import { createHash } from "node:crypto";

import { waitFor } from "@mod-gearman/testkit";
import { describe, expect, onTestFinished, test } from "vitest";

import { cores } from "../src/cores.ts";
import { type JobServerKind, startJobServer } from "../src/job-servers.ts";
import { needs } from "../src/needs.ts";
import { type RecordJob, takeRecords } from "../src/records.ts";
import { setScene } from "../src/scene.ts";
import { ownBridge, startTestCore } from "../src/test-core.ts";
import { moduleConf, startWorker } from "../src/workers.ts";

const LIMIT_MS = 60_000;

const md5 = (text: string): string => createHash("md5").update(text).digest("hex").toUpperCase();
const ofKind = (jobs: readonly RecordJob[], pattern: RegExp): RecordJob[] =>
  jobs.filter(({ text }) => pattern.test(text));

const PLAIN = "encryption=no\n";
const jobServers: readonly JobServerKind[] = ["the real gearmand", "our job server"];

describe.for(cores)("$kind", (core) => {
  test("performance data of hosts and services goes to every queue, with the default templates", async (context) => {
    needs(context, { core, jobServer: "the real gearmand" });
    const gearmand = await startJobServer("the real gearmand");
    onTestFinished(() => gearmand.stop());
    const queues = ["perfdata", "perfdata_extra"];
    const taken = await takeRecords(gearmand.port, queues);
    await setScene(
      core,
      `${moduleConf(gearmand.port)}${PLAIN}perfdata=yes\nperfdata=perfdata_extra\n`,
      (p) => ({
        commands: {
          state: `${p.statePlugin} $HOSTNAME$/$SERVICEDESC$`,
          alive: `${p.statePlugin} $HOSTNAME$`,
        },
        hosts: [{ name: "web01", command: "alive", interval: 1 }],
        services: [{ host: "web01", description: "HTTP", command: "state", interval: 1 }],
      }),
    );
    const worker = startWorker(gearmand.port, ["--encryption=no"]);
    onTestFinished(async () => {
      await worker.stop();
    });
    const service =
      /^DATATYPE::SERVICEPERFDATA\tTIMET::\d{10}\tHOSTNAME::web01\tSERVICEDESC::HTTP\tSERVICEPERFDATA::value=0\tSERVICECHECKCOMMAND::state\tHOSTSTATE::UP\tHOSTSTATETYPE::HARD\tSERVICESTATE::OK\tSERVICESTATETYPE::HARD\n$/;
    const host =
      /^DATATYPE::HOSTPERFDATA\tTIMET::\d{10}\tHOSTNAME::web01\tHOSTPERFDATA::value=0\tHOSTCHECKCOMMAND::alive\tHOSTSTATE::UP\tHOSTSTATETYPE::HARD\n$/;
    // More than the 16 texts that are compared with the core's own, so that ours are seen too.
    await waitFor(
      "20 records of host and service in both queues",
      () => [service, host].every((pattern) => ofKind(taken, pattern).length >= 40),
      LIMIT_MS,
    );
    expect(taken.filter(({ text }) => !service.test(text) && !host.test(text))).toEqual([]);
    for (const queue of queues) {
      const mine = taken.filter((job) => job.queue === queue);
      expect(new Set(ofKind(mine, service).map(({ unique }) => unique))).toEqual(
        new Set([md5(`${queue}-web01-HTTP`)]),
      );
      expect(new Set(ofKind(mine, host).map(({ unique }) => unique))).toEqual(
        new Set([md5(`${queue}-web01`)]),
      );
    }
  });
});

describe.for(jobServers.map((jobServer) => ({ jobServer })))("test core with $jobServer", ({ jobServer }) => {
  test("own templates, mode 2; what comes while the job server is away is sent when it is back", async (context) => {
    needs(context, { jobServer });
    const gearmand = await startJobServer(jobServer);
    onTestFinished(() => gearmand.stop());
    const conf = [
      `server=127.0.0.1:${gearmand.port}`,
      "encryption=no",
      "perfdata=records", // no check goes out: the core runs them
      "perfdata_mode=2",
      "service_perfdata_template=S\\t$HOSTNAME$;$SERVICEDESC$;$SERVICEPERFDATA$;$SERVICEATTEMPT$",
      "",
    ].join("\n");
    const { core } = startTestCore("echo 'fine|p=1;2;3 q=4'", ownBridge, conf);
    const first = await takeRecords(gearmand.port, ["records"]);
    await waitFor(
      "records of all six services",
      () => new Set(first.map(({ text }) => text)).size === 6,
      LIMIT_MS,
    );
    expect(first.map(({ text }) => text)).toContain("S\thost-01;service-01;p=1;2;3 q=4;1\n");
    expect(first.every(({ text }) => /^S\thost-0[12];service-0[123];p=1;2;3 q=4;1\n$/.test(text))).toBe(true);
    expect(new Set(first.map(({ unique }) => unique)).size).toBe(first.length);

    await gearmand.kill();
    const results = (): number => core.output().split('"event":"result"').length;
    const before = results();
    await waitFor("results without a job server", () => results() > before + 30, LIMIT_MS);
    const away = results() - before;
    await gearmand.restart();
    const second = await takeRecords(gearmand.port, ["records"]);
    await waitFor("the records of that time", () => second.length >= away - 1, LIMIT_MS);
  });
});
