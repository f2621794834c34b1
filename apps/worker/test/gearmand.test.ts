// @module-tag slow
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { AdminConnection, ClientConnection, WorkerConnection } from "@mod-gearman/client";
import { createEnvelope } from "@mod-gearman/crypto";
import { type CheckResult, parseCheckResult } from "@mod-gearman/payload";
import { createRunner } from "@mod-gearman/runner";
import {
  freePort,
  type SkippableTestContext,
  startGearmand,
  tmpFolder,
  vectorsFolder,
  waitFor,
} from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { COMMAND, processesWith, WorkerProcess } from "./worker-process.ts";

const KEY = "integration test key of 32 bytes";
const envelope = createEnvelope({ mode: "on", password: Buffer.from(KEY) });
const SEGMENT_HEAD_BYTES = 8; // header of a spool file; a record is written immediately
const plugins = `${vectorsFolder}plugins/`;

type Result = CheckResult & { text: string };

/** A real gearmand with a client that submits checks and collects results. */
async function setUp(context: SkippableTestContext) {
  const gearmand = await startGearmand(context);
  const server = { host: "127.0.0.1", port: gearmand.port };
  const client = new ClientConnection({ servers: [server] });
  const results: Result[] = [];
  const collector = new WorkerConnection({
    server,
    functions: [Buffer.from("check_results")],
    maxInFlight: 10,
    onJob: (job) => {
      const opened = envelope.open(job.data);
      results.push({ ...parseCheckResult(opened), text: opened.toString("latin1") });
      job.complete();
    },
  });
  context.onTestFinished(async () => {
    await collector.close();
    await client.close();
  });
  const args = [`--server=127.0.0.1:${gearmand.port}`, `--key=${KEY}`, "--identifier=w1", "--services=yes"];
  const submit = (description: string, commandLine: string | Buffer, timeoutSeconds = 20) => {
    const head = `type=service\nresult_queue=check_results\nhost_name=h1\nservice_description=${description}\n`;
    const times = `core_time=${(Date.now() / 1000).toFixed(6)}\ntimeout=${timeoutSeconds}\n`;
    const text = [
      Buffer.from(`${head}${times}command_line=`),
      Buffer.from(commandLine as string),
      Buffer.from("\n\n\n"),
    ];
    return client.submitBackground({
      function: Buffer.from("service"),
      unique: Buffer.from(randomUUID()),
      data: envelope.seal(Buffer.concat(text)),
    });
  };
  const resultOf = (description: string) =>
    waitFor(`result of ${description}`, () =>
      results.find((one) => one.serviceDescription?.toString() === description),
    );
  /** Waiting and running jobs, and workers, of a queue. */
  const queue = async (name: string) => {
    const [reply] = await AdminConnection.query(server, ["status"], { timeoutMs: 5000 });
    const rows =
      reply?.kind === "table" ? reply.lines.map((line) => line.toString("latin1").split("\t")) : [];
    const [, total, running, workers] = rows.find(([queueName]) => queueName === name)?.map(Number) ?? [];
    return { total: total ?? 0, running: running ?? 0, workers: workers ?? 0 };
  };
  return { gearmand, server, client, args, submit, resultOf, results, queue };
}

/** A plugin that prints "survived" on request. */
class WaitingPlugin {
  readonly #started: string;
  readonly #go: string;

  constructor(context: SkippableTestContext) {
    const folder = tmpFolder(context);
    this.#started = `${folder}/started`;
    this.#go = `${folder}/go`;
  }

  get commandLine(): string {
    return `/bin/sh -c 'touch ${this.#started}; until test -e ${this.#go}; do sleep 0.1; done; echo survived'`;
  }

  started(): Promise<unknown> {
    return waitFor("the plugin", () => existsSync(this.#started));
  }

  finish(): void {
    writeFileSync(this.#go, "");
  }
}

describe("against a real gearmand", () => {
  test("an encrypted service job is run, and its result submitted (worker.md 4.7)", async (context) => {
    const { args, submit, resultOf } = await setUp(context);
    new WorkerProcess(context, args);
    await submit("first", `${plugins}ok.sh`);
    const { text } = await resultOf("first");
    const time = String.raw`\d+\.\d{6}`;
    expect(text).toMatch(
      new RegExp(
        `^type=active\nhost_name=h1\nservice_description=first\ncore_start_time=${time}\nstart_time=${time}\n` +
          `finish_time=${time}\nreturn_code=0\nexited_ok=1\nsource=Mod-Gearman Worker @ w1\n` +
          String.raw`output=OK - all fine\|time=0\.01s;1;2;0;10` +
          "\n\n\n$",
      ),
    );
  });

  test("many plugins of all kinds: every result is right, none waits for bad plugins", async (context) => {
    const { args, submit, resultOf, queue, results } = await setUp(context);
    const folder = tmpFolder(context);
    const mark = `storm-${randomUUID()}`;
    const script = (name: string, text: string) => {
      writeFileSync(`${folder}/${name}`, `#!/bin/sh\n# ${mark}\n${text}\n`, { mode: 0o755 });
      return `${folder}/${name} ${mark}`;
    };
    new WorkerProcess(context, [...args, "--min-worker=6", "--max-worker=6"]);
    await submit("hang", script("hang", "sleep 60"), 1);
    await submit("deaf", script("deaf", "trap '' TERM INT\nwhile :; do sleep 1; done"), 1);
    await submit("flood", script("flood", "head -c 20000000 /dev/zero | tr '\\0' x"), 20);
    await submit("closed", script("closed", "echo early\nexec >&- 2>&-\nexit 1"));
    await submit("double-fork", script("double-fork", "(sleep 3 &)\necho forked\nexit 2"));
    await submit("stderr", `/bin/sh -c 'echo x >/dev/stderr; exit 2'`);
    await submit("bytes", Buffer.from("/usr/bin/printf 'a\\377\\303\\244'"));
    for (let count = 0; count < 50; count++) await submit(`ok-${count}`, `${plugins}ok.sh`);
    const outcome = async (name: string) => {
      const { returnCode, output } = await resultOf(name);
      return [returnCode, output.toString("latin1")];
    };
    expect(await outcome("hang")).toEqual([3, "(Service Check Timed Out On Worker: w1)"]);
    expect(await outcome("deaf")).toEqual([3, "(Service Check Timed Out On Worker: w1)"]);
    expect(await outcome("closed")).toEqual([1, "early"]);
    expect(await outcome("double-fork")).toEqual([2, "forked"]);
    expect(await outcome("stderr")).toEqual([2, "[x]"]);
    expect(await outcome("bytes")).toEqual([0, "a\xff\xc3\xa4"]);
    const flood = await resultOf("flood");
    expect([flood.returnCode, flood.output.length]).toEqual([0, 10 * 1024 * 1024]);
    for (let count = 0; count < 50; count++) expect((await resultOf(`ok-${count}`)).returnCode).toBe(0);
    await waitFor("an empty queue", async () => (await queue("service")).total === 0);
    expect(results).toHaveLength(57);
    await waitFor("the end of all plugins", () => processesWith(mark).length === 0);
  });

  test("TERM during a long check: ends in time, no result, no process left, the job is queued again (worker.md 9.1)", async (context) => {
    const { args, submit, results, queue } = await setUp(context);
    const marker = `${tmpFolder(context)}/started`;
    const worker = new WorkerProcess(context, args);
    const seconds = 30 + Math.random(); // identifies the sleep of this test among the processes of the machine
    await submit("long", `/bin/sh -c 'touch ${marker}; sleep ${seconds} & wait'`, 60);
    await waitFor("the plugin", () => existsSync(marker));
    worker.signal("SIGTERM");
    expect(await worker.ended).toBe(0);
    expect(results).toEqual([]);
    await waitFor("the end of the plugin", () => processesWith(`sleep ${seconds}`).length === 0);
    await waitFor("the job in its queue", async () => {
      const { total, running, workers } = await queue("service");
      return total === 1 && running === 0 && workers === 0;
    });
    expect(worker.log).toContain("5s timeout hit while waiting for all workers to stop, remaining: 1");
  });

  test("kill -9 of the worker during a check: another worker runs the job", async (context) => {
    const { args, submit, resultOf, results } = await setUp(context);
    const folder = tmpFolder(context);
    const first = new WorkerProcess(context, args);
    await submit(
      "again",
      `/bin/sh -c 'if test -e ${folder}/one; then echo second; else touch ${folder}/one; sleep 3; fi'`,
    );
    await waitFor("the plugin", () => existsSync(`${folder}/one`));
    first.signal("SIGKILL");
    await first.ended;
    new WorkerProcess(context, args);
    expect((await resultOf("again")).output.toString()).toBe("second");
    expect(results).toHaveLength(1);
  });

  test("kill -9 of gearmand: slots and results recover", async (context) => {
    const { args, submit, resultOf, gearmand, queue, client } = await setUp(context);
    const worker = new WorkerProcess(context, [...args, "--min-worker=3"]);
    await waitFor("the slots", async () => (await queue("service")).workers === 3);
    const slow = new WaitingPlugin(context);
    await submit("during", slow.commandLine);
    await slow.started();
    await gearmand.kill();
    slow.finish();
    await gearmand.start();
    // the check continued without a server, and its result is delivered to the new one
    expect((await resultOf("during")).output.toString()).toBe("survived");
    await waitFor("the slots", async () => (await queue("service")).workers === 3);
    await client.waitConnected();
    await submit("after", `${plugins}ok.sh`);
    expect((await resultOf("after")).returnCode).toBe(0);
    expect(worker.log).toContain("lost job server 127.0.0.1");
  });

  test("results of an outage survive server and worker: in order, each once", async (context) => {
    const { args, submit, gearmand, queue, results, client } = await setUp(context);
    const folder = `${tmpFolder(context)}/spool`;
    const spooling = [...args, `--result_spool=${folder}`, "--max-worker=1"];
    const first = new WorkerProcess(context, spooling);
    await waitFor("the slot", async () => (await queue("service")).workers === 1);
    const slow = new WaitingPlugin(context);
    await submit("during", slow.commandLine);
    await slow.started();
    await gearmand.kill();
    slow.finish();
    const segments = () => readdirSync(folder).filter((name) => name.endsWith(".spool"));
    const hasRecord = (name: string) => statSync(`${folder}/${name}`).size > SEGMENT_HEAD_BYTES;
    await waitFor("the result on disk", () => existsSync(folder) && segments().some(hasRecord));
    first.signal("SIGKILL");
    await first.ended;
    await gearmand.start();
    await client.waitConnected();
    const second = new WorkerProcess(context, spooling);
    await waitFor("the result", () => results.length > 0);
    await submit("after", `${plugins}ok.sh`);
    await waitFor("the next result", () => results.length > 1);
    expect(results.map((one) => one.serviceDescription?.toString())).toEqual(["during", "after"]);
    expect(results[0]?.output.toString()).toBe("survived");
    expect(second.log).toContain("result spool: 1 results of an earlier run wait");
    expect(readdirSync(folder)).toEqual(["lock"]);
  });

  test("USR2: drained, removed from the table of workers; listed again after the second one", async (context) => {
    const { args, submit, resultOf, queue } = await setUp(context);
    const worker = new WorkerProcess(context, [...args, "--min-worker=2"]);
    await waitFor("the slots", async () => (await queue("service")).workers === 2);
    const marker = `${tmpFolder(context)}/started`;
    await submit("last", `/bin/sh -c 'touch ${marker}; sleep 0.5; echo done'`);
    await waitFor("the plugin", () => existsSync(marker));
    worker.signal("SIGUSR2");
    expect((await resultOf("last")).output.toString()).toBe("done");
    await waitFor("the end of the drain", () => worker.log.includes("drained, waiting for sigusr2"));
    for (const name of ["service", "worker_w1"]) {
      await waitFor(`no worker at ${name}`, async () => (await queue(name)).workers === 0);
      expect(await queue(name)).toMatchObject({ total: 0, running: 0 });
    }
    worker.signal("SIGUSR2");
    await waitFor("the slots", async () => (await queue("service")).workers === 2);
    worker.signal("SIGTERM");
    expect(await worker.ended).toBe(0);
  });

  test("metrics are served; limits that cannot be met are refused at the start", async (context) => {
    const { args, submit, resultOf } = await setUp(context);
    const port = await freePort();
    const worker = new WorkerProcess(context, [...args, `--prometheus_server=127.0.0.1:${port}`]);
    await submit("one", `${plugins}ok.sh`);
    await resultOf("one");
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(text).toContain('modgearmanworker_tasks_completed_total{type="service",exec="exec"} 1');
    expect(text).toContain('modgearmanworker_plugin_runtime_seconds_count{description="ok.sh"} 1');
    const second = new WorkerProcess(context, [...args, `--prometheus_server=127.0.0.1:${port}`]);
    expect(await second.ended).toBe(1);
    expect(second.log).toContain("starting prometheus exporter failed: listen EADDRINUSE");
    const third = new WorkerProcess(context, [...args, "--run_as=no-such-user-here"]);
    expect(await third.ended).toBe(2);
    expect(third.log).toContain("Error: run_as: ");
    worker.signal("SIGTERM");
    expect(await worker.ended).toBe(0);
  });

  test("limits apply to the plugins, or the worker does not start", async (context) => {
    const { args, submit, resultOf } = await setUp(context);
    const worker = new WorkerProcess(context, [...args, "--limit_open_files=77", "--limit_memory=200M"]);
    const runner = createRunner();
    const { spawner } = runner;
    runner.close();
    if (spawner === "node") {
      expect(await worker.ended).toBe(2);
      expect(worker.log).toContain(
        "Error: limit_cpu_seconds, limit_memory, limit_open_files and run_as need",
      );
      return;
    }
    await submit("limits", "/bin/sh -c 'ulimit -n; ulimit -v'");
    expect((await resultOf("limits")).output.toString()).toBe("77\n204800");
  });

  test("run_as: plugins run as another user", async (context) => {
    const runner = createRunner();
    const { spawner } = runner;
    runner.close();
    if (process.getuid?.() !== 0 || spawner === "node")
      return context.skip("needs root and the native spawner");
    const { args, submit, resultOf } = await setUp(context);
    new WorkerProcess(context, [...args, "--run_as=12345:23456"]);
    await submit("who", "/bin/sh -c 'id -u; id -g; id -G'");
    expect((await resultOf("who")).output.toString()).toBe("12345\n23456\n23456");
  });

  test("the status queue answers the original gearman client", async (context) => {
    const { args, gearmand, queue } = await setUp(context);
    new WorkerProcess(context, args);
    await waitFor("the slot", async () => (await queue("service")).workers === 1);
    const client = spawnSync("gearman", [
      "-h",
      "127.0.0.1",
      "-p",
      String(gearmand.port),
      "-f",
      "worker_w1",
      "check",
    ]);
    if (client.error !== undefined && !process.env.CI)
      return context.skip("no gearman client on this machine");
    expect(client.stdout.toString()).toMatch(
      /^w1 has 1 worker and is working on 0 jobs\. Version: [^|]+\|worker=1;;;1;20 jobs=0c$/,
    );
  });
});

describe("process (worker.md 8.5)", () => {
  test("daemon: the parent ends with 0 once the pid file exists; HUP and TERM work", async (context) => {
    const { args, queue } = await setUp(context);
    const folder = tmpFolder(context);
    const files = [`--pidfile=${folder}/pid`, `--logfile=${folder}/log`];
    const [file = "", ...rest] = COMMAND;
    const parent = spawnSync(file, [...rest, ...args, ...files, "--daemon"]);
    expect([parent.status, parent.stderr.toString()]).toEqual([0, ""]);
    const pid = Number(readFileSync(`${folder}/pid`, "latin1"));
    context.onTestFinished(() => {
      if (existsSync(`${folder}/pid`)) process.kill(pid, "SIGKILL");
    });
    await waitFor("the slot", async () => (await queue("service")).workers === 1);
    const second = spawnSync(file, [...rest, ...args, ...files, "--daemon"]);
    expect([second.status, second.stderr.toString()]).toEqual([2, `Error: worker already running: ${pid}\n`]);
    process.kill(pid, "SIGHUP");
    await waitFor("the reload", () =>
      readFileSync(`${folder}/log`, "latin1").includes("configuration reloaded"),
    );
    process.kill(pid, "SIGTERM");
    await waitFor("the end", () => !existsSync(`${folder}/pid`));
  });

  test("no server: keeps running", async (context) => {
    const worker = new WorkerProcess(context, ["--server=127.0.0.1:1", "--services=yes", `--key=${KEY}`]);
    await waitFor("the line", () => worker.log.includes("cannot connect to job server 127.0.0.1:1"));
    worker.signal("SIGTERM");
    expect(await worker.ended).toBe(0);
  });

  test("plugins do not inherit the mark of the daemon, but everything else", async (context) => {
    const { args, submit, resultOf } = await setUp(context);
    new WorkerProcess(context, args, { ...process.env, MOD_GEARMAN_WORKER_DETACHED: "1", SITE: "x y" });
    await submit("env", '/bin/sh -c \'echo "[$SITE]" "[$MOD_GEARMAN_WORKER_DETACHED]"\'');
    expect((await resultOf("env")).output.toString()).toBe("[x y] []");
  });
});
