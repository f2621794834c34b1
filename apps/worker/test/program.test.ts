import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodeFiles } from "@mod-gearman/config";
import { createRunner } from "@mod-gearman/runner";
import { ManualClock, namedProcess, RecordedService, settle, tmpFolder } from "@mod-gearman/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { nodeCgroupFiles } from "../src/cgroup-files.ts";
import { openJournal } from "../src/job-journal.ts";
import { LogTarget } from "../src/log-target.ts";
import { program } from "../src/program.ts";
import { RunAsError, resolveRunAs } from "../src/run-as.ts";
import type { WorkerSignal, World } from "../src/world.ts";
import { FakeEpn } from "./fake-epn.ts";

class Output {
  text = "";
  readonly writableLength = 0;
  readonly destroyed = false;

  write(text: string | Buffer): boolean {
    this.text += text.toString("latin1" as never);
    return true;
  }
}

function setUp(argv: string[], more: Partial<World> = {}) {
  const streams = { stdout: new Output(), stderr: new Output() };
  const log = new LogTarget(streams);
  const runner = createRunner();
  onTestFinished(() => runner.close());
  const events: string[] = [];
  let signal: ((name: WorkerSignal) => void) | undefined;
  const connection = {
    ...{ connected: false, asleep: false, outstandingGrabs: 0, submitBackground: () => false },
    ...{ pause: () => undefined, resume: () => undefined },
  };
  const idle = () => ({ ...connection, setFunctions: () => undefined, close: async () => undefined });
  const ended = program({
    argv,
    files: nodeFiles,
    streams,
    log,
    runner,
    createEpn: (settings) => new FakeEpn(settings),
    hideMemory: () => undefined,
    perlScripts: { bundled: () => "/bundled.pl", isOurs: (path) => path.startsWith("/ours") },
    version: "1.2.3",
    runtime: "node v24",
    hostName: "testhost",
    pid: 4711,
    hasLogger: () => true,
    userId: 1000,
    identity: (runAs) => resolveRunAs(runAs, 1000),
    isDetached: false,
    detach: async () => {
      events.push("detach");
      return 0;
    },
    ready: () => events.push("ready"),
    service: new RecordedService(),
    clock: new ManualClock(),
    machine: { cpus: 1, readProc: () => undefined },
    nowMicros: () => 0n,
    connectSlot: idle,
    connectStatus: idle,
    connectBridge: () => ({
      send: () => Promise.reject(new Error("no bridge")),
      close: async () => undefined,
    }),
    writeKeys: async () => undefined,
    connectResults: () => ({
      connected: false,
      enqueueBackground: () => undefined,
      close: async () => undefined,
    }),
    onCrash: () => undefined,
    cgroups: nodeCgroupFiles,
    healthFiles: { replace: () => undefined, remove: () => undefined },
    spools: {
      locate: () => undefined,
      open: () => {
        throw new Error("no spool");
      },
    },
    openJournal: () => openJournal({ folder: undefined, readProc: () => undefined, logger: log.logger }),
    serveMetrics: () => Promise.reject(new Error("address in use")),
    onSignal: (handler) => {
      signal = handler;
      return () => undefined;
    },
    ...more,
  });
  return { streams, ended, events, send: (name: WorkerSignal) => signal?.(name) };
}

const WORKER = ["--server=localhost", "--services=yes", "--encryption=no", "--identifier=w1"];

describe("files that are not embedded Perl scripts", () => {
  test.for(["--help", "-h", "help"])("%s: usage, exit code 3", async (argument) => {
    const { ended, streams } = setUp([argument]);
    expect(await ended).toBe(3);
    expect(streams.stdout.text).toContain("mod_gearman_worker");
    expect(streams.stdout.text).toContain("--identifier");
  });

  test.for(["--version", "-V", "version"])("%s: exit code 3", async (argument) => {
    const { ended, streams } = setUp([argument]);
    expect(await ended).toBe(3);
    expect(streams.stdout.text).toBe("mod_gearman_worker - version 1.2.3 (Build: 1.2.3, node v24)\n");
  });

  test("--check-config: the options in effect, exit code 0", async () => {
    const { ended, streams, events } = setUp([...WORKER, "--check-config", "--key=very secret words"]);
    expect(await ended).toBe(0);
    expect(streams.stdout.text).toMatch(/identifier\s+= w1 {2}\(command line\)/);
    expect(streams.stdout.text).not.toContain("very secret");
    expect(events).toEqual([]);
  });

  test.for<[text: string, argv: string[], more: Partial<World>]>([
    [
      "p1_file /theirs is no server of this worker, using /bundled.pl",
      ["--enable_embedded_perl", "--p1_file=/theirs"],
      {},
    ],
    [
      "enable_embedded_perl has no effect together with limit_open_files",
      ["--enable_embedded_perl", "--limit_open_files=64"],
      {},
    ],
    [
      "with limit_open_files these run as programs, not inside the worker: check_dummy, check_nsc_web, check_prometheus",
      ["--limit_open_files=64"],
      {},
    ],
    ["logmode syslog is not available", ["--logmode=syslog"], { hasLogger: () => false }],
    ["the worker will not start: run_as", ["--run_as=nobody"], {}], // needs root
    ["max-jobs has no effect: ", ["--max-jobs=7"], {}],
  ])("--check-config says what a start would: %s", async ([text, argv, more]) => {
    const checked = setUp([...WORKER, "--check-config", ...argv], more);
    expect(await checked.ended).toBe(0);
    expect(checked.streams.stdout.text).toContain(text);
    expect(checked.streams.stdout.text).not.toContain("No warnings.");
  });

  test("--check-config: nothing is printed after the warnings", async () => {
    const { ended, streams } = setUp([...WORKER, "--check-config", "--enable_embedded_perl"]);
    expect(await ended).toBe(0);
    expect(streams.stdout.text).toContain("embedded Perl: Perl plugins that ask for it, ");
    expect(streams.stdout.text).toMatch(/\nNo warnings\.\n$/);
  });

  test.for<[string, string[], string]>([
    ["no server", ["--services=yes"], "Error: no server specified\n"],
    ["no queue", ["--server=x"], "Error: no listen queues defined\n"],
    ["no key", ["--server=x", "--services=yes"], "Error: encryption enabled but no keys defined\n"],
  ])("%s: exit code 2", async ([, argv, text]) => {
    const { ended, streams } = setUp(argv);
    expect(await ended).toBe(2);
    expect(streams.stderr.text.endsWith(text)).toBe(true);
  });
});

describe("testcmd", () => {
  test("runs one command, prints its output, exits with its code", async () => {
    const { ended, streams } = setUp(["testcmd", "/bin/sh", "-c", 'echo "a b"; echo c; exit 2']);
    expect(await ended).toBe(2);
    expect(streams.stdout.text).toBe("a b\nc\n");
  });

  test("file-option-under-run_as: no file is read inside the worker here either", async (context) => {
    const secret = join(tmpFolder(context), "secret");
    writeFileSync(secret, "root:$6$hash\n");
    const plugin = "/no/such/folder/check_nsc_web";
    const { ended, streams } = setUp([
      ...["--limit_open_files=64", "--identifier=w1", "testcmd", "--", plugin],
      ...["-config", secret, "-u", "http://127.0.0.1:9/", "-p", "x"],
    ]);
    expect(await ended).toBe(3);
    expect(streams.stdout.text).toMatch(/^UNKNOWN: Return code of 127 is out of bounds/);
  });

  test.for(['a"b', "$HOME", "`id`", "back\\slash"])("passes the argument %s as it is", async (argument) => {
    const { ended, streams } = setUp(["testcmd", "--", "/bin/echo", argument]);
    expect(await ended).toBe(0);
    expect(streams.stdout.text).toBe(`${argument}\n`);
  });

  test("with an unknown user: exit code 2", async () => {
    const { ended, streams } = setUp(["--run_as=somebody", "testcmd", "/bin/true"]);
    expect(await ended).toBe(2);
    expect(streams.stderr.text).toMatch(/^Error: run_as: only a worker that runs as root may/);
  });

  test("prints any bytes unchanged", async () => {
    const { ended, streams } = setUp(["testcmd", "/usr/bin/printf", "\\377\\344"]);
    expect(await ended).toBe(0);
    expect(streams.stdout.text).toBe("\xff\xe4\n");
  });

  test("uses the settings before it", async () => {
    const { ended, streams } = setUp([
      "--identifier=w9",
      "--worker_name_in_result=on",
      "testcmd",
      "/bin/echo",
      "x",
    ]);
    expect(await ended).toBe(0);
    expect(streams.stdout.text).toBe("(worker: w9) x\n");
  });

  test("without a command: usage, exit code 3", async () => {
    const { ended, streams } = setUp(["testcmd"]);
    expect(await ended).toBe(3);
    expect(streams.stdout.text).toBe(
      "usage: mod_gearman_worker [--job_timeout=seconds] testcmd <cmd> <args>\n",
    );
  });
});

describe("start", () => {
  test("pid file, log file, ready; both files exist until the end", async (context) => {
    const folder = tmpFolder(context);
    const files = [`--pidfile=${folder}/pid`, `--logfile=${folder}/sub/worker.log`];
    const { ended, events, send } = setUp([...WORKER, ...files]);
    await settle();
    expect(events).toEqual(["ready"]);
    expect(readFileSync(`${folder}/pid`, "latin1")).toBe("4711\n");
    send("SIGTERM");
    expect(await ended).toBe(0);
    expect(() => readFileSync(`${folder}/pid`)).toThrow("ENOENT");
    const log = readFileSync(join(folder, "sub", "worker.log"), "latin1");
    expect(log).toMatch(
      /\[INFO \] mod_gearman_worker - version 1\.2\.3 \(Build: 1\.2\.3\) starting with 1 workers \(max 20\), pid: 4711/,
    );
    expect(log).toMatch(/shutdown complete\n$/);
  });

  test("another worker is running: exit code 2", async (context) => {
    const path = join(tmpFolder(context), "pid");
    const pid = await namedProcess(context, "mod_gearman_worker");
    writeFileSync(path, `${pid}\n`);
    const { ended, streams, events } = setUp([...WORKER, `--pidfile=${path}`]);
    expect(await ended).toBe(2);
    expect(streams.stderr.text).toBe(`Error: worker already running: ${pid}\n`);
    expect(events).toEqual([]);
  });

  test("a log file that cannot be opened: exit code 2", async (context) => {
    const folder = join(tmpFolder(context), "worker.log");
    mkdirSync(folder);
    const { ended, streams } = setUp([...WORKER, `--logfile=${folder}`]);
    expect(await ended).toBe(2);
    expect(streams.stderr.text).toMatch(/^Error: .*worker\.log/);
  });

  test("as daemon: checks first, then leaves work and pid file to the detached process", async (context) => {
    const path = join(tmpFolder(context), "pid");
    const { ended, events } = setUp([...WORKER, "--daemon", `--pidfile=${path}`]);
    expect(await ended).toBe(0);
    expect(events).toEqual(["detach"]);
    expect(() => readFileSync(path)).toThrow("ENOENT");
  });

  test.for([
    ["--logmode=stdout", true],
    ["--logfile=stderr", true],
    ["", false],
  ] as const)("as daemon with %s: a lost log is reported", async ([word, isLost], context) => {
    const file = `--logfile=${join(tmpFolder(context), "log")}`;
    const { ended, streams } = setUp([...WORKER, "--daemon", file, ...(word === "" ? [] : [word])]);
    expect(await ended).toBe(0);
    expect(streams.stderr.text).toBe(
      isLost ? "Warning: with --daemon a log without a file is lost: set logfile\n" : "",
    );
  });

  test("as daemon that does not start: exit code 2 and a hint", async () => {
    const { ended, streams } = setUp([...WORKER, "--daemon"], { detach: async () => 2 });
    expect(await ended).toBe(2);
    expect(streams.stderr.text).toContain(
      "Error: the background process has not started, see its log file\n",
    );
  });

  test("as daemon under a service manager: stays, as its end would be that of the service", async () => {
    const service = Object.assign(new RecordedService(), { isWaiting: true });
    const { ended, events, send } = setUp([...WORKER, "--daemon"], { service });
    await settle();
    expect(events).toEqual(["ready"]);
    send("SIGINT");
    expect(await ended).toBe(0);
  });

  test("the detached process runs", async () => {
    const { ended, events, send } = setUp([...WORKER, "--daemon"], { isDetached: true });
    await settle();
    expect(events).toEqual(["ready"]);
    send("SIGINT");
    expect(await ended).toBe(0);
  });

  test("the detached process whose metrics address is in use never reports that it is ready", async () => {
    const args = [...WORKER, "--daemon", "--prometheus_server=127.0.0.1:9050"];
    const { ended, events } = setUp(args, { isDetached: true });
    expect(await ended).toBe(1);
    expect(events).toEqual([]);
  });

  test("the detached process logs why it cannot start: its stderr is not read", async (context) => {
    const path = join(tmpFolder(context), "worker.log");
    const args = [...WORKER, "--daemon", `--logfile=${path}`, "--run_as=nobody"];
    const identity = () => {
      throw new RunAsError("UNKNOWN_USER", "user 'nobody' does not exist");
    };
    const { ended, events } = setUp(args, { isDetached: true, identity });
    expect(await ended).toBe(2);
    expect(events).toEqual([]);
    expect(readFileSync(path, "latin1")).toMatch(/\[ERROR\] .*user 'nobody' does not exist\n/);
  });

  test("debug=1: the options in effect are in the log, keys are not", async (context) => {
    const path = join(tmpFolder(context), "worker.log");
    const { ended, send } = setUp([...WORKER, "--debug=1", `--logfile=${path}`, "--key=quite-secret-key"]);
    await settle();
    send("SIGTERM");
    expect(await ended).toBe(0);
    const log = readFileSync(path, "latin1");
    expect(log).toMatch(/\[DEBUG\] {3}services += yes {2}\(command line\)\n/);
    expect(log).toMatch(/\[DEBUG\] {3}max-worker += 20\n/);
    expect(log).not.toContain("quite-secret-key");
  });

  test("--check-config by root warns of nothing: the service has a user of its own", async () => {
    const checked = setUp([...WORKER, "--check-config"], { userId: 0 });
    expect(await checked.ended).toBe(0);
    expect(checked.streams.stdout.text).not.toContain("root");
  });

  test("running as root is reported, not with run_as", async () => {
    const asRoot = async (...argv: string[]) => {
      const { ended, send, streams } = setUp([...WORKER, ...argv], {
        userId: 0,
        identity: () => ({ uid: 65_534, gid: 65_534, groups: [] }),
      });
      await settle();
      send("SIGTERM");
      await ended;
      return streams.stdout.text;
    };
    const text = "[WARN ] running as root: plugins will run as root too";
    expect(await asRoot()).toContain(text);
    expect(await asRoot("--run_as=nobody")).not.toContain(text);
  });

  test("HUP reopens the log file (log rotation)", async (context) => {
    const path = join(tmpFolder(context), "worker.log");
    const { ended, send } = setUp([...WORKER, `--logfile=${path}`]);
    await settle();
    renameSync(path, `${path}.1`);
    send("SIGHUP");
    await settle();
    send("SIGTERM");
    await ended;
    expect(readFileSync(`${path}.1`, "latin1")).toMatch(/got sighup, reloading configuration\.\.\.\n$/);
    expect(readFileSync(path, "latin1")).toContain("configuration reloaded");
  });
});
