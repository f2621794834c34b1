import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ManualClock } from "@mod-gearman/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  createRunner,
  type JudgeOptions,
  judge,
  NodeSpawner,
  type ProcessListener,
  type Runner,
  type RunRequest,
  type Spawner,
} from "../src/index.ts";

const plugins = fileURLToPath(new URL("../../../vectors/plugins/", import.meta.url));
const settings: JudgeOptions = {
  identifier: Buffer.from("w1"),
  showErrorOutput: true,
  timeoutReturn: 3,
  workerNameInResult: "off",
};
const NOT_FOUND =
  "UNKNOWN: Return code of 127 is out of bounds. Make sure the plugin you're trying to run actually exists. (worker: w1)";
const NOT_EXECUTABLE =
  "UNKNOWN: Return code of 126 is out of bounds. Make sure the plugin you're trying to run is executable. (worker: w1)";

let folder: string;
let runner: Runner;
const warnings: string[] = [];
const logger = { warn: (text: string) => void warnings.push(text) };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "runner-test-"));
  warnings.length = 0;
  runner = createRunner({ logger });
});
afterEach(async () => {
  await runner.abortAll("at once");
  runner.close();
  rmSync(folder, { recursive: true });
});

const run = (commandLine: string | Buffer, request: Partial<RunRequest> = {}) =>
  runner.run({ commandLine: Buffer.from(commandLine as string), timeoutMs: 50_000, ...request });
const script = (name: string, text: string, mode = 0o755) => {
  const path = join(folder, name);
  writeFileSync(path, text, { mode });
  return path;
};
const openDescriptors = () => readdirSync("/proc/self/fd").length;

/** A spawner that reports the first output of the process, which is set up then. */
function announcing(inner: Spawner) {
  let announce: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => {
    announce = resolve;
  });
  const pids: number[] = [];
  const spawner: Spawner = {
    close: () => inner.close(),
    start: async (request, listener) => {
      const process = await inner.start(request, {
        data: (stream, chunk) => {
          listener.data(stream, chunk);
          announce();
        },
        exit: (exit) => listener.exit(exit),
        end: () => listener.end(),
      } satisfies ProcessListener);
      pids.push(process.pid);
      return process;
    },
  };
  return { spawner, ready, pids };
}

/** All processes, zombies included: not every machine's init reaps orphans. */
function processes(): { state: string; parent: number; group: number }[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const fields = readFileSync(`/proc/${name}/stat`, "latin1").replace(/^.*\) /s, "");
      const [state = "", parent, group] = fields.split(" ");
      return [{ state, parent: Number(parent), group: Number(group) }];
    } catch {
      return []; // ended meanwhile
    }
  });
}
const aliveIn = (group: number | undefined) =>
  processes().filter((entry) => entry.group === group && entry.state !== "Z").length;

describe("acceptance examples (worker.md 9.1)", () => {
  test.for<[string, "exec" | "shell" | "error", number, string]>([
    [`/bin/sh -c "echo 'exit status 2'; exit 2"`, "exec", 2, "exit status 2"],
    ['/bin/sh -c "echo e >&2; echo o; exit 2"', "exec", 2, "o\n[e]"],
    ['/bin/sh -c "echo e >&2; exit 2"', "exec", 2, "[e]"],
    ['/bin/sh -c "echo e >&2; echo o"', "exec", 0, "o"],
    [`echo a '''b''' '' """c""" ''d'' ee""ee f' 'f '" "' "' ''"`, "exec", 0, `a b  c d eeee f f " " ' ''`],
    ["ENV1='var space' /usr/bin/printenv ENV1", "exec", 0, "var space"],
    ['/not-there ""', "error", 3, NOT_FOUND],
    [
      '/bin/sh -c "echo x; exit 42"',
      "exec",
      3,
      "CRITICAL: Return code of 42 is out of bounds. (worker: w1)\nx",
    ],
    [
      "/bin/sh -c 'echo k; kill $$'",
      "exec",
      3,
      "UNKNOWN: Return code of 15 is out of bounds. Plugin exited by signal: terminated. (worker: w1)\nk",
    ],
    ["echo one; exit 1", "shell", 1, "one"],
    ["not-a-program-of-this-machine", "error", 3, NOT_FOUND],
    ["/etc", "error", 3, NOT_EXECUTABLE],
  ])("%s", async ([commandLine, exec, returnCode, output]) => {
    const outcome = await run(commandLine);
    expect(outcome.exec).toBe(exec);
    const verdict = judge(outcome, { type: "service" }, settings);
    expect([verdict.returnCode, verdict.output.toString()]).toEqual([returnCode, output]);
  });

  test("an argument of four characters", async () => {
    const path = script("test.sh", '#!/bin/sh\nprintf %s "$1" | od -An -c\n');
    const outcome = await run(`${path} "\\t\\n"`);
    expect(outcome.stdout.toString().split(/\s+/).filter(Boolean)).toEqual(["\\", "t", "\\", "n"]);
  });

  test("output bytes arrive unchanged", async () => {
    const outcome = await run("/usr/bin/printf 'a\\377\\303\\244'");
    expect(outcome.stdout).toEqual(Buffer.from("61ffc3a4", "hex"));
  });

  test.for(["/dev/stdout", "/dev/stderr"])("a plugin may open %s", async (device) => {
    const outcome = await run(`/bin/sh -c 'echo x > ${device}'`);
    expect(outcome).toMatchObject({ exitCode: 0 });
    expect(Buffer.concat([outcome.stdout, outcome.stderr]).toString()).toBe("x\n");
    expect(warnings).toEqual([]);
  });
});

describe("process set-up (worker.md 4.3)", () => {
  test("stdin is empty", async () => expect((await run("cat")).stdout).toEqual(Buffer.alloc(0)));

  test("the plugin leads its own process group", async () => {
    const path = script("group.sh", '#!/bin/sh\necho $(cut -d" " -f5 /proc/$$/stat) $$\n');
    const [group, pid] = (await run(path)).stdout.toString().trim().split(" ");
    expect(group).toBe(pid);
  });

  test("streams are separate, and large output on both causes no deadlock", async () => {
    const path = script("both.sh", "#!/bin/sh\nhead -c 300000 /dev/zero >&2\nhead -c 300000 /dev/zero\n");
    const outcome = await run(path);
    expect([outcome.stdout.length, outcome.stderr.length]).toEqual([300_000, 300_000]);
  });

  test("a script without #! runs in sh", async () => {
    const outcome = await run(script("plain", "echo plain; exit 1\n"));
    expect(outcome).toMatchObject({ exec: "exec", exitCode: 1, stdout: Buffer.from("plain\n") });
  });

  test("a file without x bit is EACCES", async () => {
    const outcome = await run(script("noexec", "#!/bin/sh\n", 0o644));
    expect(outcome.error?.errno).toBe("EACCES");
  });

  test("a PATH of the request is passed to the plugin and does not affect its search", async () => {
    script("printenv", "#!/bin/sh\necho wrong one\n");
    const outcome = await run("printenv PATH", { env: { PATH: folder } });
    expect(outcome.stdout.toString()).toBe(`${folder}\n`);
    script("only-there", "#!/bin/sh\n");
    expect((await run("only-there", { env: { PATH: folder } })).error?.errno).toBe("ENOENT");
  });

  test("an argument that is too long is E2BIG, and no descriptor leaks", async () => {
    await run("true");
    const before = openDescriptors();
    for (let round = 0; round < 3; round++) {
      const outcome = await run(`/bin/echo ${"x".repeat(200_000)}`);
      expect(outcome.error).toEqual({
        errno: "E2BIG",
        text: expect.stringMatching(/: argument list too long$/),
      });
      expect((await run("/not-there")).error?.errno).toBe("ENOENT");
    }
    // each failed start has used one pair of prepared pipes
    expect(openDescriptors()).toBeLessThanOrEqual(before);
  });

  test("a NUL byte is EINVAL", async () => {
    expect((await run("/bin/echo a\0b")).error?.errno).toBe("EINVAL");
    expect((await run("/bin/echo a\0b;")).error?.errno).toBe("EINVAL");
  });

  test("times: start before finish, now", async () => {
    const before = BigInt(Date.now()) * 1000n;
    const { startedAt, finishedAt } = await run("true");
    expect(startedAt).toBeGreaterThanOrEqual(before);
    expect(finishedAt).toBeGreaterThan(startedAt);
  });
});

describe("bytes that are not UTF-8 (4.3 b)", () => {
  const show = () => script("show.sh", `#!/bin/sh\nprintf '%s|' "$@" "$V"\nexit 2\n`);

  test("in a direct command", async () => {
    const outcome = await run(Buffer.from(`V='\xe4' ${show()} '\xff%s\\' "a'b" ''`, "latin1"));
    expect(outcome).toMatchObject({ exec: "exec", exitCode: 2 });
    expect(outcome.stdout.toString("latin1")).toBe("\xff%s\\|a'b||\xe4|");
  });

  test("in a shell line", async () => {
    const outcome = await run(Buffer.from(`V='\xe4' ${show()} "\xff$((1+1))"; exit 3`, "latin1"));
    expect(outcome).toMatchObject({ exec: "shell", exitCode: 3 });
    expect(outcome.stdout.toString("latin1")).toBe("\xff2|\xe4|");
  });

  test.for(["", ";"])("in the environment of the request <%s>", async (end) => {
    const outcome = await run(`${show()} x${end}`, { env: { V: Buffer.from([0xfe]) } });
    expect(outcome.stdout.toString("latin1")).toBe("x|\xfe|");
  });

  test("a signal is recognised", async () => {
    const outcome = await run(Buffer.from(`${plugins}kill.sh 11 '\xff'`, "latin1"));
    expect(outcome.signal).toBe(11);
  });
});

describe("load", () => {
  test("20 MB of output is cut at 10 MiB, drained and counted", async () => {
    const outcome = await run("/bin/sh -c 'head -c 20000000 /dev/zero; echo done >&2'");
    expect(outcome.stdout.length).toBe(10 * 1024 * 1024);
    expect(outcome.truncatedBytes).toBe(20_000_000 - 10 * 1024 * 1024);
    expect(outcome).toMatchObject({ exitCode: 0, stderr: Buffer.from("done\n") });
    expect(warnings).toEqual(["plugin output exceeds 10485760 bytes, cutting off"]);
  });

  test("a plugin that closes its streams is waited for", async () => {
    const outcome = await run("/bin/sh -c 'echo early; exec >&- 2>&-; sleep 0.05; exit 2'");
    expect(outcome).toMatchObject({ exitCode: 2, stdout: Buffer.from("early\n") });
  });

  test("a plugin and its child that ignore TERM and INT are both killed", async () => {
    const clock = new ManualClock();
    const { spawner, ready, pids } = announcing(new NodeSpawner({ env: process.env, logger }));
    const own = createRunner({ spawner, clock });
    const path = script(
      "deaf.sh",
      `#!/bin/sh\ntrap '' TERM INT\n/bin/sh -c 'trap "" TERM INT; echo up; sleep 60'\n`,
    );
    const outcome = own.run({ commandLine: Buffer.from(path), timeoutMs: 5000 });
    await ready;
    clock.tick(5000);
    clock.tick(1000);
    expect(aliveIn(pids[0])).toBeGreaterThan(0);
    clock.tick(1000);
    expect(await outcome).toMatchObject({ timedOut: true });
    await own.abortAll();
    await expect.poll(() => aliveIn(pids[0])).toBe(0);
    own.close();
  });

  test("a hanging plugin with a trap gets TERM first", async () => {
    const clock = new ManualClock();
    const { spawner, ready } = announcing(new NodeSpawner({ env: process.env, logger }));
    const own = createRunner({ spawner, clock });
    const path = script(
      "polite.sh",
      `#!/bin/sh\ntrap 'kill $!; echo bye > ${folder}/said; exit 0' TERM\nsleep 60 &\necho up\nwait\n`,
    );
    const outcome = own.run({ commandLine: Buffer.from(path), timeoutMs: 1000 });
    await ready;
    clock.tick(1000);
    expect(await outcome).toMatchObject({ timedOut: true, exitCode: 0 });
    expect(readdirSync(folder)).toContain("said");
    own.close();
  });

  test("D26: a double fork that keeps stdout open does not cause a timeout, and survives", async () => {
    const clock = new ManualClock();
    const { spawner, ready, pids } = announcing(new NodeSpawner({ env: process.env, logger }));
    const exits: number[] = [];
    const watched: Spawner = {
      close: () => spawner.close(),
      start: (request, listener) =>
        spawner.start(request, {
          data: (stream, chunk) => listener.data(stream, chunk),
          end: () => listener.end(),
          exit: (exit) => {
            exits.push(exit.code ?? -1);
            listener.exit(exit);
          },
        }),
    };
    const own = createRunner({ spawner: watched, clock });
    const outcome = own.run({
      commandLine: Buffer.from("/bin/sh -c '(sleep 60 &) ; echo OK; exit 1'"),
      timeoutMs: 1000,
    });
    await ready;
    await expect.poll(() => exits).toEqual([1]);
    clock.tick(1000);
    expect(await outcome).toMatchObject({ timedOut: false, exitCode: 1, stdout: Buffer.from("OK\n") });
    expect(aliveIn(pids[0])).toBeGreaterThan(0);
    process.kill(-(pids[0] ?? 0), "SIGKILL");
    own.close();
  });

  test("a detached helper with closed streams does not hold the result", async () => {
    const outcome = await run("/bin/sh -c 'setsid sleep 0.2 >/dev/null 2>&1 & echo started'");
    expect(outcome).toMatchObject({ exitCode: 0, stdout: Buffer.from("started\n"), timedOut: false });
  });

  test("200 concurrent runs: all results, no zombie, no descriptor left, no file in the folder", async () => {
    const pipeFolder = join(folder, "pipes");
    mkdirSync(pipeFolder);
    const own = createRunner({ spawner: new NodeSpawner({ env: process.env, logger, pipeFolder }) });
    const before = openDescriptors();
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        own.run({
          commandLine: Buffer.from(`/bin/sh -c "echo ${index}; exit ${index % 4}"`),
          timeoutMs: 50_000,
        }),
      ),
    );
    expect(outcomes.map((outcome) => [outcome.exitCode, outcome.stdout.toString()])).toEqual(
      Array.from({ length: 200 }, (_, index) => [index % 4, `${index}\n`]),
    );
    own.close();
    await expect.poll(openDescriptors).toBeLessThanOrEqual(before);
    await expect.poll(() => readdirSync(pipeFolder)).toEqual([]);
    expect(processes().filter(({ state, parent }) => state === "Z" && parent === process.pid)).toEqual([]);
  });
});

describe("without real pipes", () => {
  test("plain pipes are used, which is logged once", async () => {
    const own = createRunner({
      spawner: new NodeSpawner({ env: process.env, logger, pipeFolder: `${folder}/none` }),
    });
    for (let round = 0; round < 2; round++) {
      const outcome = await own.run({
        commandLine: Buffer.from("/bin/sh -c 'echo o; echo e >&2'"),
        timeoutMs: 50_000,
      });
      expect(outcome).toMatchObject({ exitCode: 0, stdout: Buffer.from("o\n"), stderr: Buffer.from("e\n") });
    }
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^cannot make pipes, .*ENOENT/);
    own.close();
  });
});
