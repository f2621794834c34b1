import { FaultProxy, waitFor } from "@mod-gearman/testkit";
import { describe, expect, onTestFinished, test } from "vitest";

import { CheckRuns } from "../src/check-jobs.ts";
import { command } from "../src/command.ts";
import { type JobServer, type JobServerKind, startJobServer } from "../src/job-servers.ts";
import { needs } from "../src/needs.ts";
import { freePort, type Running } from "../src/processes.ts";
import { processesWith, runDescriptors, zombiesOf } from "../src/traces.ts";
import { startBareWorker } from "../src/workers.ts";

const jobServers: readonly JobServerKind[] = ["the real gearmand", "our job server"];
const LIMIT_MS = 60_000;
/** How often the connection is cut, with a second between; E2E_CUTS in the long run. */
const CUTS = Number(process.env.E2E_CUTS ?? 15);

async function startServer(kind: JobServerKind): Promise<JobServer> {
  const server = await startJobServer(kind);
  onTestFinished(() => server.stop());
  return server;
}

function bareWorker(
  servers: string,
  extra: readonly string[] = [],
  env: Record<string, string> = {},
): Running {
  const worker = startBareWorker(servers, extra, env);
  onTestFinished(async () => {
    await worker.stop();
  });
  return worker;
}

const named = (count: number, prefix: string): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}-${i + 1}`);

/** Faulty plugins: name, command, timeout in seconds, expected return code, expected output. */
const storms: readonly [string, string, number, number, RegExp][] = [
  ["hangs", "/bin/sleep 600", 1, 3, /Timed Out/],
  ["ignores TERM and INT", `/bin/sh -c "trap '' TERM INT; while :; do sleep 1; done"`, 1, 3, /Timed Out/],
  ["prints 100 MB", "/bin/sh -c 'head -c 100000000 /dev/zero | tr \"\\0\" x; exit 1'", 30, 1, /^x{1000}/],
  ["closes its output and goes on", "/bin/sh -c 'exec >&- 2>&-; sleep 600'", 1, 3, /Timed Out/],
  ["leaves a child that holds its output", "/bin/sh -c 'sleep 600 & echo left; exit 2'", 1, 2, /^left$/],
  [
    "hides a grandchild in a session of its own",
    "/bin/sh -c 'setsid sleep 600 >/dev/null 2>&1 & echo ok'",
    5,
    0,
    /^ok$/,
  ],
  ["starts fifty children", "/bin/sh -c 'for i in $(seq 50); do sleep 600 & done; wait'", 2, 3, /Timed Out/],
  ["kills itself", "/bin/sh -c 'kill -9 $$'", 5, 3, /signal: killed/],
  ["ends by a real-time signal", "/bin/sh -c 'kill -40 $$'", 5, 3, /signal 40/],
  ["is not there", "/nowhere/plugin", 5, 3, /^UNKNOWN: Return code of 127/],
  ["cannot be run", "/etc/passwd", 5, 3, /^UNKNOWN: Return code of 126/],
  ["writes to /dev/stderr", "/bin/sh -c 'echo bad >/dev/stderr; exit 1'", 5, 1, /bad/],
  ["reads stdin", "/bin/cat", 5, 0, /^$/],
  ["is setuid", "/bin/su --version", 5, 0, /^su /],
];

describe.for(jobServers)("with %s", (kind) => {
  test("many faulty plugins: one result each, no process and no descriptor left", async (context) => {
    needs(context, { jobServer: kind });
    const server = await startServer(kind);
    const mark = `E2E_STORM=${process.pid}-${server.port}`;
    const runs = await CheckRuns.start(server.port);
    const [name = "", value = ""] = mark.split("=");
    const worker = bareWorker(`127.0.0.1:${server.port}`, [], { [name]: value });
    await runs.submit([{ name: "warm-up", command: "/bin/true" }]);
    await runs.all(["warm-up"]);
    const before = runDescriptors(worker.pid);

    const rounds = [1, 2, 3].flatMap((round) =>
      storms.map(([what, line, timeoutSeconds]) => ({
        name: `${what} ${round}`,
        command: line,
        timeoutSeconds,
      })),
    );
    await runs.submit(rounds);
    await runs.all(rounds.map((round) => round.name));
    for (const [what, , , returnCode, output] of storms) {
      expect(runs.of(`${what} 1`), what).toMatchObject({ returnCode, output: expect.stringMatching(output) });
    }
    // processes that the plugin itself detached are not the worker's; the test ends them
    const outOfReach = await waitFor(
      "the worker's own descendants to end",
      () => {
        const left = processesWith(mark).filter((pid) => pid !== worker.pid);
        return left.length === 6 && left; // the held output and the separate session, three rounds
      },
      LIMIT_MS,
    );
    for (const pid of outOfReach) process.kill(pid, "SIGKILL");
    await waitFor("descriptors given back", () => runDescriptors(worker.pid).join() === before.join());
    // a dead leader keeps its process id until the last signal to its group (two seconds at most)
    await waitFor("no zombie left", () => zombiesOf(worker.pid).length === 0);
    expect(runs.doubled()).toEqual([]);
    expect(await worker.stop()).toBe(0);
  });

  test("out of descriptors: no result lost, the worker continues when some are free", async (context) => {
    needs(context, { jobServer: kind });
    const server = await startServer(kind);
    const runs = await CheckRuns.start(server.port);
    const worker = bareWorker(`127.0.0.1:${server.port}`);
    await runs.submit([{ name: "warm-up", command: "/bin/true" }]);
    await runs.all(["warm-up"]);

    await command("prlimit", [`--pid=${worker.pid}`, "--nofile=8:"]);
    const names = named(20, "starved");
    await runs.submit(names.map((name) => ({ name, command: `/bin/echo ${name}` })));
    await worker.said("EMFILE");
    expect(runs.missing(names)).toEqual(names);
    await command("prlimit", [`--pid=${worker.pid}`, "--nofile=4096:"]);
    await runs.all(names);
    expect(runs.doubled()).toEqual([]);
    expect(runs.results.filter(({ returnCode }) => returnCode !== 0)).toEqual([]);
  });

  test("the connection is cut every second", { timeout: CUTS * 1000 + 180_000 }, async (context) => {
    needs(context, { jobServer: kind });
    const server = await startServer(kind);
    const proxy = await FaultProxy.start({ port: server.port });
    onTestFinished(() => proxy.close());
    const runs = await CheckRuns.start(server.port);
    bareWorker(`127.0.0.1:${proxy.port}`);

    const names: string[] = [];
    for (let second = 1; second <= CUTS; second++) {
      const more = named(20, `second-${second}`);
      names.push(...more);
      await runs.submit(more.map((name) => ({ name, command: `/bin/sh -c 'sleep 0.3; echo ${name}'` })));
      await new Promise((resolve) => setTimeout(resolve, 1000)); // the interval of the fault, nothing is awaited
      proxy.cut();
    }
    await runs.all(names, 120_000);
    expect(runs.doubled()).toEqual([]);
    expect(runs.results.filter(({ name, output }) => output !== name)).toEqual([]);
  });

  test("two servers, one of them dead, then the other one", async (context) => {
    needs(context, { jobServer: kind });
    const [first, second] = [await startServer(kind), await startServer(kind)];
    const dead = await freePort();
    const runs = await CheckRuns.start(first.port);
    const other = await CheckRuns.start(second.port);
    bareWorker(`127.0.0.1:${dead},127.0.0.1:${first.port},127.0.0.1:${second.port}`);

    const names = named(50, "one");
    await runs.submit(names.map((name) => ({ name, command: `/bin/echo ${name}` })));
    await runs.all(names);
    await first.kill();
    const later = named(50, "two");
    await other.submit(later.map((name) => ({ name, command: `/bin/echo ${name}` })));
    await other.all(later);
    expect([...runs.doubled(), ...other.doubled()]).toEqual([]);
  });
});
