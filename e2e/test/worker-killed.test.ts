import { waitFor } from "@mod-gearman/testkit";
import { describe, expect, onTestFinished, test } from "vitest";

import { CheckRuns } from "../src/check-jobs.ts";
import { startJobServer } from "../src/job-servers.ts";
import { needs } from "../src/needs.ts";
import { processesWith } from "../src/traces.ts";
import { startFaultyWorker } from "../src/worker-faults.ts";

const LIMIT_MS = 90_000;

describe.for(["the real gearmand", "our job server"] as const)("with %s", (kind) => {
  test("kill -9 of the worker: its plugins end with it, and their jobs run elsewhere", async (context) => {
    needs(context, { jobServer: kind });
    const server = await startJobServer(kind);
    onTestFinished(() => server.stop());
    const runs = await CheckRuns.start(server.port);
    const mark = `E2E_KILLED=${process.pid}-${server.port}`;
    const [name = "", value = ""] = mark.split("=");
    const worker = startFaultyWorker({ under: ["env"], port: server.port, env: { [name]: value } });
    const names = ["one", "two", "three"];
    // they hang in the first worker and end in the second one, which lacks the mark
    const command = `/bin/sh -c 'test -z "$${name}" || exec sleep 600; echo ended'`;
    await runs.submit(names.map((check) => ({ name: check, command, timeoutSeconds: 700 })));
    const plugins = () => processesWith(mark).filter((pid) => pid !== worker.pid);
    await waitFor("the plugins to run", () => plugins().length === names.length, LIMIT_MS);

    await worker.kill();
    await waitFor("the plugins to end", () => plugins().length === 0, LIMIT_MS);
    expect(runs.results).toEqual([]);
    startFaultyWorker({ under: ["env"], port: server.port });
    await runs.all(names, LIMIT_MS);
    expect(runs.doubled()).toEqual([]);
    expect(runs.results.map(({ output }) => output)).toEqual(["ended", "ended", "ended"]);
  });
});
