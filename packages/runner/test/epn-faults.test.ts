// @module-tag slow
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createEpn, type Epn, type EpnOptions, PerlFiles } from "@mod-gearman/epn-client";
import { memoryLogger } from "@mod-gearman/observe";
import { tmpFolder, waitFor } from "@mod-gearman/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type CheckOutcome,
  type CheckRequest,
  type CheckRunner,
  createCheckRunner,
  createRunner,
  type Runner,
} from "../src/index.ts";
import { aliveIn, processes } from "./processes.ts";

const STAND_IN = fileURLToPath(new URL("epn-stand-in.ts", import.meta.url));
const OFF = { negate: true, checkDummy: false, checkNscWeb: false, checkPrometheus: false };
const judge = {
  identifier: Buffer.from("w1"),
  showErrorOutput: true,
  timeoutReturn: 2,
  workerNameInResult: "off",
} as const;
const LONG_MS = 60_000;

let folder: string;
let epn: Epn;
let runner: Runner;
let checks: CheckRunner;
const logger = memoryLogger();

/** Embedded Perl with a stand-in for its server. */
function make(options: Partial<EpnOptions> = {}, env: NodeJS.ProcessEnv = {}): Epn {
  epn = createEpn({
    script: STAND_IN,
    perl: process.execPath,
    keepCompiled: true,
    verbosity: 0,
    logger,
    folder,
    env: { ...process.env, ...env },
    ...options,
  });
  const embeddedPerl = { epn, files: new PerlFiles(), implicit: false };
  checks = createCheckRunner({ runner, builtin: OFF, judge, version: "1", embeddedPerl });
  return epn;
}
const start = () => epn.start();

/** A plugin whose name selects the fault of the stand-in; as a program it executes `body`. */
function plugin(name: string, body = 'print "as program\\n"; exit 1;'): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/usr/bin/perl\n# nagios: +epn\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}
const check = (commandLine: string, request: Partial<CheckRequest> = {}): Promise<CheckOutcome> =>
  checks.check({ commandLine: Buffer.from(commandLine), type: "service", timeoutMs: LONG_MS, ...request });
const shown = ({ exec, returnCode, output }: CheckOutcome) => [exec, returnCode, output.toString("latin1")];

beforeEach((context) => {
  folder = tmpFolder(context);
  logger.lines.length = 0;
  runner = createRunner({ logger });
  make();
});
afterEach(async () => {
  await runner.abortAll("at once");
  await epn.close();
  runner.close();
  expect(processes().filter(({ parent, state }) => parent === process.pid && state !== "Z")).toEqual([]);
});

describe("a server without faults", () => {
  test("the label is epn; arguments, variables, output and code are passed", async () => {
    await start();
    const path = plugin("good", 'print "$ENV{A}|@ARGV\\n"; print STDERR "oops"; exit 2;');
    expect(shown(await check(`A="x \xe4" ${path} -w '1 2'`))).toEqual([
      "epn",
      2,
      "x \xc3\xa4|-w 1 2\n[oops]",
    ]);
    const outcome = await check(`${path}`, { env: { A: Buffer.from("ü") } });
    expect(outcome).toMatchObject({ exec: "epn", description: "good", timedOut: false });
    expect(outcome.usage?.userMicros).toBe(250_000);
    expect(outcome.output.toString("latin1")).toBe("\xc3\xbc|\n[oops]");
  });

  test("before it is ready, and without it, plugins are programs", async () => {
    expect(shown(await check(plugin("early")))).toEqual(["exec", 1, "as program"]);
  });

  test("plugins that need a shell, do not request it, or have limits run as programs", async () => {
    await start();
    const path = plugin("good");
    const other = plugin("other").replace("other", "plain");
    writeFileSync(other, '#!/usr/bin/perl\nprint "plain\\n";');
    chmodSync(other, 0o755);
    expect(shown(await check(`${path};`))[0]).toBe("shell");
    expect(shown(await check(other))).toEqual(["exec", 0, "plain"]);
    expect(shown(await check(path, { limits: { openFiles: 100 } }))[0]).toBe("exec");
    expect(
      shown(await check(path, { restrictTo: { paths: ["/no"], forbiddenCharacters: Buffer.from("") } }))[0],
    ).toBe("bad_path");
  });

  test("with negate", async () => {
    await start();
    expect(shown(await check(`/lib/negate -s ${plugin("good", 'print "OK - x";')}`))).toEqual([
      "epn",
      2,
      "CRITICAL - x",
    ]);
  });
});

describe("a plugin that the server returns runs once more, as a program", () => {
  test.for([
    ["rubbish"],
    ["no-object"],
    ["init-pid"],
    ["two-pids"],
    ["half"],
    ["closes"],
    ["wide"],
    ["refuses"],
    ["overload"],
    ["unsupported"],
    ["ends-in-begin"],
    ["damaged"],
    ["crashed"],
    ["dies"],
    ["dies-running"],
  ])("%s", async ([name]) => {
    await start();
    expect(shown(await check(plugin(name ?? "")))).toEqual(["exec", 1, "as program"]);
    expect(epn.active).toBe(0);
    expect(logger.lines.filter((line) => line.includes("it runs as a program"))).toHaveLength(1);
  });

  test("each plugin that cannot be compiled is logged by name, once", async () => {
    await start();
    mkdirSync(join(folder, "other"));
    const [one, two] = [plugin("ends-in-begin"), plugin("other/ends-in-begin")];
    for (const path of [one, two, one, two]) expect(shown(await check(path))[0]).toBe("exec");
    expect(logger.lines.filter((line) => line.includes("it runs as a program"))).toEqual([
      expect.stringContaining(`${one}: compile: `),
      expect.stringContaining(`${two}: compile: `),
    ]);
  });

  test.for([["silent"], ["half-line"]])("%s: after half of its time", async ([name]) => {
    await start();
    const before = performance.now();
    const outcome = await check(plugin(name ?? ""), { timeoutMs: 10_000 });
    expect(shown(outcome)).toEqual(["exec", 1, "as program"]);
    expect(performance.now() - before).toBeGreaterThan(4900);
    expect(Number(outcome.finishedAt - outcome.startedAt)).toBeGreaterThan(4_900_000); // of both runs
  });

  test("an endless line is not retained", async () => {
    await start();
    const before = process.memoryUsage().rss;
    expect(shown(await check(plugin("huge"), { maxOutputBytes: 100_000 }))[0]).toBe("exec");
    expect(process.memoryUsage().rss - before).toBeLessThan(80 * 1024 * 1024); // the limit is 100
  });

  test("processes of the dead server are killed before the plugin runs again", async () => {
    await start();
    const mark = join(folder, "mark");
    const path = plugin("dies-running");
    expect(shown(await check(`${path} 'echo $$ >${mark}.tmp && mv ${mark}.tmp ${mark}; sleep 600'`))[0]).toBe(
      "exec",
    );
    if (existsSync(mark)) await waitFor("its end", () => aliveIn(Number(readFileSync(mark, "latin1"))) === 0);
  });

  test("the program gets the remaining time", async () => {
    await start();
    const path = plugin("silent", "sleep 600;");
    const outcome = await check(path, { timeoutMs: 1000 });
    expect(outcome).toMatchObject({ exec: "exec", timedOut: true, timeoutMs: 1000, returnCode: 2 });
    expect(outcome.output.toString()).toBe("(Service Check Timed Out On Worker: w1)");
  });
});

describe("results of the plugin itself", () => {
  test("it cannot be compiled", async () => {
    await start();
    expect(shown(await check(plugin("compile")))).toEqual([
      "epn",
      3,
      "**ePN: failed to compile /x: error at /x line 3.",
    ]);
  });

  test("it was killed", async () => {
    await start();
    expect(shown(await check(plugin("killed")))).toEqual([
      "epn",
      3,
      "UNKNOWN: Return code of 9 is out of bounds. Plugin exited by signal: killed. (worker: w1)\nso far",
    ]);
  });

  test("the server found it too slow", async () => {
    await start();
    expect(await check(plugin("own-timeout"))).toMatchObject({ exec: "epn", timedOut: true, returnCode: 2 });
  });
});

describe("plugins are killed with all their processes", () => {
  const sleeper = () => {
    const mark = join(folder, "pid");
    const path = plugin(
      "sleeps",
      `$SIG{TERM} = "IGNORE"; system("sleep 600 &"); open F, ">", "${mark}.tmp"; print F $$; close F; rename "${mark}.tmp", "${mark}"; sleep 600;`,
    );
    const pid = () => waitFor("its process", () => existsSync(mark) && Number(readFileSync(mark, "latin1")));
    return { path, pid };
  };

  test("at the timeout", async () => {
    await start();
    const { path, pid } = sleeper();
    const outcome = check(path, { timeoutMs: 10_000 });
    const group = await pid();
    expect(await outcome).toMatchObject({ exec: "epn", timedOut: true, returnCode: 2 });
    await waitFor("its end", () => aliveIn(group) === 0);
    await waitFor("nothing to kill", () => epn.active === 0);
  });

  test.for([[undefined], ["at once"]] as const)("by abortAll %s", async ([how]) => {
    await start();
    const { path, pid } = sleeper();
    const outcome = check(path);
    const group = await pid();
    await epn.abortAll(how);
    expect(await outcome).toMatchObject({ exec: "epn", aborted: true });
    await waitFor("its end", () => aliveIn(group) === 0);
    expect(epn.active).toBe(0);
  });

  test("at abort, before the plugin has a process", async () => {
    await start();
    const outcome = check(plugin("silent"));
    await epn.abortAll();
    expect(await outcome).toMatchObject({ aborted: true });
  });

  test("at close, with the server; later plugins are refused", async () => {
    await start();
    const { path, pid } = sleeper();
    void check(path);
    const group = await pid();
    const aborted = epn.abortAll();
    await epn.close();
    await aborted;
    await waitFor("its end", () => aliveIn(group) === 0);
    expect(shown(await check(plugin("good")))[0]).toBe("exec");
  });
});

describe("the start of a server", () => {
  test("a start that fails logs the text of the script", async () => {
    make({}, { STAND_IN: "fails" });
    expect(await start()).toBe(false);
    expect(logger.lines).toContainEqual(expect.stringMatching(/^error: .*does not start: exit code 2;/));
    await waitFor("its text", () =>
      logger.lines.includes("error: embedded Perl: Can't locate Something.pm in @INC"),
    );
  });

  test("there is no interpreter", async () => {
    make({ perl: "/not/there/perl" });
    expect(await start()).toBe(false);
    expect(logger.lines[0]).toMatch(/does not start: spawn \/not\/there\/perl ENOENT/);
  });

  test("a server that never becomes ready", async () => {
    make({ startTimeoutMs: 300 }, { STAND_IN: "never" });
    expect(await start()).toBe(false);
    expect(logger.lines.at(-1)).toContain("does not start: not ready within 0.3 s");
  });

  test("a slow start: checks do not wait", async () => {
    make({}, { STAND_IN: "slow" });
    const started = start();
    expect(shown(await check(plugin("early")))[0]).toBe("exec");
    const [server] = processes().filter(({ parent }) => parent === process.pid);
    const line = readFileSync(`/proc/${server?.pid}/cmdline`, "latin1").split("\0");
    writeFileSync(`${line.at(-2)}.go`, "");
    expect(await started).toBe(true);
    expect(shown(await check(plugin("good")))[0]).toBe("epn");
  });

  test("its switches", async () => {
    make({ keepCompiled: true, verbosity: 2 });
    await start();
    const [server] = processes().filter(({ parent }) => parent === process.pid);
    const words = readFileSync(`/proc/${server?.pid}/cmdline`, "latin1").split("\0");
    expect(words.slice(2, 5)).toEqual(["-c", "-v", "-vv"]);
  });
});

describe("many concurrent plugins", () => {
  const COUNT = 50;
  const many = (path: string) => {
    let calls = 0;
    const all = Array.from(
      { length: COUNT },
      (_, n) =>
        new Promise<CheckOutcome>((resolve) =>
          checks.start(
            { commandLine: Buffer.from(`${path} ${n}`), type: "service", timeoutMs: LONG_MS },
            (outcome) => {
              calls++;
              resolve(outcome);
            },
          ),
        ),
    );
    return { all: Promise.all(all), calls: () => calls };
  };
  const texts = (outcomes: readonly CheckOutcome[]) => outcomes.map(({ output }) => output.toString());
  const expected = Array.from({ length: COUNT }, (_, n) => `n=${n}`);
  /** Prints its number once the file `go` exists. */
  const patient = (name = "patient") =>
    plugin(name, `select undef, undef, undef, 0.02 until -e "${folder}/go"; print "n=$ARGV[0]\\n";`);
  const go = () => writeFileSync(join(folder, "go"), "");

  test("a reload in the meantime: each ends once, in the server where it started", async () => {
    await start();
    const { all, calls } = many(patient());
    epn.reload({ script: STAND_IN, perl: process.execPath, keepCompiled: false, verbosity: 1 });
    await waitFor("the new server", () => logger.lines.filter((line) => line.includes("ready")).length === 2);
    go();
    const outcomes = await all;
    expect(texts(outcomes)).toEqual(expected);
    expect(new Set(outcomes.map(({ exec }) => exec))).toEqual(new Set(["epn"]));
    expect(calls()).toBe(COUNT);
    await waitFor("the end of the old one", () => {
      const servers = processes().filter(({ parent, state }) => parent === process.pid && state !== "Z");
      return servers.length === 1;
    });
  }, 60_000);

  test("the server is killed in the meantime: each ends once, as a program", async () => {
    await start();
    const { all, calls } = many(patient());
    const [server] = processes().filter(({ parent }) => parent === process.pid);
    process.kill(server?.pid ?? 0, "SIGKILL");
    go();
    const outcomes = await all;
    expect(texts(outcomes)).toEqual(expected);
    expect(calls()).toBe(COUNT);
    await waitFor("a new server", () => logger.lines.filter((line) => line.includes("ready")).length === 2);
  }, 60_000);

  test("the log of the server shows damage: a new one takes over, nothing is lost", async () => {
    await start();
    const { all, calls } = many(patient("complains"));
    await waitFor("a new server", () => logger.lines.filter((line) => line.includes("ready")).length === 2);
    go();
    expect(texts(await all)).toEqual(expected);
    expect(calls()).toBe(COUNT);
    expect(logger.lines).toContain("error: embedded Perl: Fatal glibc error: for a test");
  }, 60_000);
});

describe("the end of this process", () => {
  test("its server ends when stdin is closed", async () => {
    await start();
    epn.abandon();
    await waitFor("its end", () =>
      processes().every(({ parent, state }) => parent !== process.pid || state === "Z"),
    );
  });
});
