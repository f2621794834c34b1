// @module-tag slow
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ARGUMENT_LIMIT } from "../src/argument-limit.ts";
import { createRunner, type Runner, type RunRequest } from "../src/index.ts";
import { aliveIn, openDescriptors, zombies } from "./processes.ts";

const MIB = 1024 * 1024;
/** Enough for a script to set its traps, also on a busy machine. */
const PATIENCE_MS = 3000;
/** For programs that end by themselves, on a machine that runs many tests at once. */
const GENEROUS_MS = 90_000;

let folder: string;
let runner: Runner;
const warnings: string[] = [];
const logger = { warn: (text: string) => void warnings.push(text) };

const run = (commandLine: string | Buffer, request: Partial<RunRequest> = {}) =>
  runner.run({ commandLine: Buffer.from(commandLine as string), timeoutMs: GENEROUS_MS, ...request });
const script = (name: string, text: string, mode = 0o755) => {
  const path = join(folder, name);
  writeFileSync(path, text, { mode });
  return path;
};
const fileOf = (name: string) => join(folder, name);
const written = async (name: string) => {
  await expect
    .poll(() => existsSync(fileOf(name)) && readFileSync(fileOf(name), "latin1"), { timeout: GENEROUS_MS })
    .toMatch(/\n/);
  return Number(readFileSync(fileOf(name), "latin1"));
};

// the same plugins give the same outcomes with both engines
describe.for(["auto", "off"] as const)("native %s", { timeout: 2 * GENEROUS_MS }, (native) => {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "engines-"));
    warnings.length = 0;
    runner = createRunner({ native, logger });
  });
  afterEach(async () => {
    await runner.abortAll("at once");
    await expect.poll(zombies, { timeout: GENEROUS_MS }).toEqual([]);
    runner.close();
    rmSync(folder, { recursive: true });
  });

  test("reports its name", () => {
    expect(runner.spawner).toBe(native === "auto" ? "native" : "node");
    expect(runner.whyNotNative).toBeUndefined();
  });

  describe("commands that cannot be started", () => {
    test.for<[string, string | Buffer, string]>([
      ["nothing there", "/not-there", "ENOENT"],
      ["nothing there, with a trailing word", "/not-there ''", "ENOENT"],
      ["nothing in PATH", "not-a-program-of-this-machine", "ENOENT"],
      ["a folder", "/etc", "EACCES"],
      ["below a file", "/etc/passwd/x", "ENOTDIR"],
      ["an argument too long", `/bin/echo ${"x".repeat(200_000)}`, "E2BIG"],
      ["a NUL byte", "/bin/echo a\0b", "EINVAL"],
      ["a NUL byte for the shell", "/bin/echo a\0b;", "EINVAL"],
      ["a loop of links", "/proc/self/loop", "ENOENT"],
    ])("%s", async ([, commandLine, errno]) => {
      const before = openDescriptors();
      const outcome = await run(commandLine);
      expect([outcome.exec, outcome.error?.errno]).toEqual(["error", errno]);
      expect(outcome.error?.text).not.toBe("");
      expect(openDescriptors()).toBeLessThanOrEqual(before + 16); // the other engine keeps pipes ready
    });

    test("a file without execute permission; in PATH a later one is used", async () => {
      expect((await run(script("noexec", "#!/bin/sh\n", 0o644))).error?.errno).toBe("EACCES");
    });

    test("a script whose interpreter is missing", async () => {
      expect((await run(script("lost", "#!/no/such/interpreter\n"))).error?.errno).toBe("ENOENT");
    });

    test("direct only", async () => {
      const outcome = await run("/bin/true; id", { directOnly: true });
      expect(outcome.error).toEqual({ errno: "ENOEXEC", text: "command needs a shell" });
    });
  });

  describe("set-up", () => {
    test("a file without #! runs in sh, with its arguments and its own name", async () => {
      const path = script("plain", 'echo "$0 $1 $#"; exit 1\n');
      const outcome = await run(`${path} "a b" c`);
      expect(outcome).toMatchObject({ exec: "exec", exitCode: 1, stdout: Buffer.from(`${path} a b 2\n`) });
    });

    test("argv[0] is the word in the command line", async () => {
      const path = script("name.sh", "#!/bin/sh\ntr '\\0' ' ' </proc/$$/cmdline\n");
      expect((await run(`${path} x`)).stdout.toString()).toBe(`/bin/sh ${path} x `);
      expect((await run("sh -c 'echo $0'")).stdout.toString()).toBe("sh\n");
    });

    test("stdin is /dev/null, stdout and stderr are pipes that can be reopened", async () => {
      const commands =
        "readlink /proc/self/fd/0; echo o >/dev/stdout; echo e >/dev/stderr; test -p /dev/fd/1";
      const outcome = await run(`/bin/sh -c '${commands}'`);
      expect(outcome.stdout.toString()).toBe("/dev/null\no\n");
      expect(outcome).toMatchObject({ exitCode: 0, stderr: Buffer.from("e\n") });
    });

    test("no other descriptor is inherited", async () => {
      const outcome = await run("/bin/sh -c 'ls /proc/$$/fd'");
      const descriptors = outcome.stdout.toString().trim().split("\n");
      // node:child_process passes on what this process was started with
      expect(native === "auto" ? descriptors : descriptors.slice(0, 3)).toEqual(["0", "1", "2"]);
    });

    test("no signal is blocked or ignored", async () => {
      const { stdout } = await run("grep -E '^Sig(Blk|Ign)' /proc/self/status");
      expect(stdout.toString().replaceAll(/\s/g, "")).toMatch(/^SigBlk:0+SigIgn:0+$/);
    });

    test("the plugin leads its own process group", async () => {
      const path = script("group.sh", '#!/bin/sh\necho $(cut -d" " -f5 /proc/$$/stat) $$\n');
      const [group, pid] = (await run(path)).stdout.toString().trim().split(" ");
      expect(group).toBe(pid);
    });

    test("environment: inherited, then that of the request, then that of the command", async () => {
      process.env.MGM_TEST_INHERITED = "before";
      const env = { A: "request", B: "request" };
      const outcome = await run("B=command C='x y' /usr/bin/printenv A B C HOME", { env });
      expect(outcome.stdout.toString()).toBe(`request\ncommand\nx y\n${process.env.HOME}\n`);
      delete process.env.MGM_TEST_INHERITED;
      expect((await run("/usr/bin/printenv MGM_TEST_INHERITED")).exitCode).toBe(1); // as at the start
    });

    test("path-assignment: the program is searched in the PATH assigned before it, as by a shell", async () => {
      script("check_mine", "#!/bin/sh\necho mine $PATH\n");
      expect((await run(`PATH=${folder}:/bin check_mine`)).stdout.toString()).toBe(`mine ${folder}:/bin\n`);
      expect((await run(`PATH=${folder} A=b not-there`)).exitCode).toBe(127);
      expect((await run(`PATH=/nowhere ${fileOf("check_mine")}`)).stdout.toString()).toBe("mine /nowhere\n");
    });

    test("accepts as many bytes that are not UTF-8 as others", async () => {
      const bytes = "\xff".repeat(120_000);
      const line = Buffer.from(`echo $#; printf '%s' '${bytes}' "$@"; exit 2`, "latin1");
      const outcome = await run(line);
      expect([outcome.exitCode, outcome.stdout.toString("latin1") === `0\n${bytes}`]).toEqual([2, true]);
    });

    test("a line or environment above the limit of the system is refused with the reason", async () => {
      const words = await run(`/bin/echo ${"x".repeat(ARGUMENT_LIMIT)}`);
      expect(words.error).toEqual({
        errno: "E2BIG",
        text: `command line of ${ARGUMENT_LIMIT + 10} bytes is too long, this system takes ${ARGUMENT_LIMIT}`,
      });
      // one string for the shell: 128 KiB at most
      const line = await run(`echo ${"x".repeat(128 * 1024)};`);
      const values = Array.from({ length: 70 }, (_, n) => [`V${n}`, "x".repeat(100_000)] as const);
      const environment = await run("/bin/true", { env: Object.fromEntries(values) });
      for (const { error, exitCode } of [line, environment]) {
        expect(exitCode).toBeUndefined();
        expect(error).toEqual({
          errno: "E2BIG",
          text: "command line and environment are longer than this system takes: argument list too long",
        });
      }
      expect(await run("/bin/true")).toMatchObject({ exitCode: 0 });
    });

    test("many-assignments: those that fit are set, the later of two has precedence", async () => {
      const assignments = Array.from({ length: 40_000 }, (_, n) => `A${n % 30_000}=${n}`);
      const { stdout } = await run(`${assignments.join(" ")} A0=last /usr/bin/env`);
      const own = stdout
        .toString()
        .split("\n")
        .filter((entry) => /^A\d+=/.test(entry));
      expect(own).toHaveLength(30_000);
      expect(own).toContain("A0=last");
      expect(own).toContain("A9999=39999");
      expect(own).toContain("A10000=10000");
    });

    test.for(["", ";"])("bytes that are not UTF-8 arrive unchanged <%s>", async (end) => {
      const show = script("show.sh", `#!/bin/sh\nprintf '%s|' "$@" "$V" "$W"\nexit 2\n`);
      const env = { W: Buffer.from([0xfe, 0x20]) };
      const outcome = await run(Buffer.from(`V='\xe4' ${show} '\xff%s\\' "a'b" ''${end}`, "latin1"), { env });
      expect(outcome.stdout.toString("latin1")).toBe("\xff%s\\|a'b||\xe4|\xfe |");
    });
  });

  describe("the end of a plugin", () => {
    test.for([0, 1, 2, 3, 42, 126, 127, 255])("exit code %i", async (code) => {
      expect(await run(`/bin/sh -c 'exit ${code}'`)).toMatchObject({ exitCode: code, timedOut: false });
    });

    test.for([1, 2, 6, 9, 11, 13, 15, 24, 31])("signal %i", async (signal) => {
      const outcome = await run(`/bin/sh -c 'kill -${signal} $$'`);
      expect(outcome).toMatchObject({ signal, timedOut: false });
      expect(outcome.exitCode).toBeUndefined();
    });

    test("a real-time signal: node:child_process has no name for it and reports exit code 0", async () => {
      const { signal, exitCode } = await run("/bin/sh -c 'kill -34 $$'");
      if (native === "auto") expect(signal).toBe(34);
      else expect([signal, exitCode]).toEqual([undefined, 0]);
    });

    test("a plugin that is stopped and continued has not ended", async () => {
      const watch = 'until grep -q "^State:.T" /proc/$$/status; do sleep 0.02; done; kill -CONT $$';
      const outcome = await run(`/bin/sh -c '(${watch}) & kill -STOP $$; echo on; exit 1'`);
      expect(outcome).toMatchObject({ exitCode: 1, stdout: Buffer.from("on\n") });
    });

    test("a setuid program runs with the rights of its file", async () => {
      const path = fileOf("id");
      copyFileSync("/usr/bin/id", path);
      chmodSync(path, 0o4755);
      expect((await run(`${path} -u`)).stdout.toString().trim()).toBe(String(process.getuid?.()));
    });
  });

  describe("load", () => {
    test("100 MB of output are cut at 10 MiB, drained and counted", async () => {
      const outcome = await run("/bin/sh -c 'head -c 100000000 /dev/zero; echo done >&2'");
      expect(outcome.stdout.equals(Buffer.alloc(10 * MIB))).toBe(true);
      expect(outcome.truncatedBytes).toBe(100_000_000 - 10 * MIB);
      expect(outcome).toMatchObject({ exitCode: 0, stderr: Buffer.from("done\n") });
      expect(warnings).toEqual(["plugin output exceeds 10485760 bytes, cutting off"]);
    });

    test("large output on both streams: no deadlock, streams stay separate", async () => {
      const write = (char: string) => `head -c 3000000 /dev/zero | tr '\\\\0' ${char}`;
      const outcome = await run(`/bin/sh -c "${write("e")} >&2; ${write("o")}"`, { maxOutputBytes: 2 * MIB });
      expect(outcome.stdout.equals(Buffer.alloc(2 * MIB, "o"))).toBe(true);
      expect(outcome.stderr.equals(Buffer.alloc(2 * MIB, "e"))).toBe(true);
      expect(outcome.truncatedBytes).toBe(6_000_000 - 4 * MIB);
    });

    test("a plugin that closes its streams is waited for", async () => {
      const outcome = await run("/bin/sh -c 'echo early; exec >&- 2>&-; sleep 0.1; exit 2'");
      expect(outcome).toMatchObject({ exitCode: 2, stdout: Buffer.from("early\n") });
    });

    test("a hanging plugin with a trap gets TERM, and its result follows its end", async () => {
      const path = script("polite.sh", "#!/bin/sh\ntrap 'kill $!; exit 0' TERM\nsleep 60 &\nwait\n");
      expect(await run(path, { timeoutMs: PATIENCE_MS })).toMatchObject({ timedOut: true, exitCode: 0 });
      await expect.poll(() => runner.active, { timeout: GENEROUS_MS }).toBe(0);
    });

    test("a plugin and its child that ignore TERM and INT are both killed", async () => {
      const child = `/bin/sh -c 'trap "" TERM INT; sleep 60; sleep 60'`;
      const path = script("deaf.sh", `#!/bin/sh\necho $$ > ${fileOf("pid")}\ntrap '' TERM INT\n${child}\n`);
      const outcome = run(path, { timeoutMs: PATIENCE_MS });
      const group = await written("pid");
      expect(await outcome).toMatchObject({ timedOut: true, aborted: false });
      await expect.poll(() => aliveIn(group), { timeout: GENEROUS_MS }).toBe(0);
      await expect.poll(() => runner.active, { timeout: GENEROUS_MS }).toBe(0);
    });

    test("the leader ends on TERM, the rest of the group is killed after the result", async () => {
      const deaf = `(trap '' TERM INT; while :; do sleep 1; done)`;
      const path = script(
        "mixed.sh",
        `#!/bin/sh\necho $$ > ${fileOf("pid")}\n${deaf} &\ntrap 'exit 1' TERM\nwhile :; do sleep 0.1; done\n`,
      );
      const outcome = run(path, { timeoutMs: PATIENCE_MS });
      const group = await written("pid");
      expect(await outcome).toMatchObject({ timedOut: true, exitCode: 1 });
      await expect.poll(() => aliveIn(group), { timeout: GENEROUS_MS }).toBe(0);
      await expect.poll(() => runner.active, { timeout: GENEROUS_MS }).toBe(0);
    });

    test("D26: a descendant that holds stdout does not prevent the result, and survives", async () => {
      const path = script(
        "fork.sh",
        `#!/bin/sh\necho $$ > ${fileOf("pid")}\n(sleep 60 &)\necho OK\nexit 1\n`,
      );
      const outcome = await run(path, { timeoutMs: PATIENCE_MS });
      expect(outcome).toMatchObject({ timedOut: false, exitCode: 1, stdout: Buffer.from("OK\n") });
      const group = await written("pid");
      expect(aliveIn(group)).toBe(1);
      process.kill(-group, "SIGKILL");
    });

    test("an event loop blocked during the end of a plugin and its timeout loses neither", async () => {
      const path = script(
        "short.sh",
        `#!/bin/sh\necho $$ > ${fileOf("pid")}\nsleep 0.1\necho said\nexit 2\n`,
      );
      const outcome = run(path, { timeoutMs: PATIENCE_MS });
      const pid = await written("pid");
      await new Promise((resolve) => setImmediate(resolve)); // after these come timers, and then what can be read
      const until = Date.now() + PATIENCE_MS + 100;
      while (Date.now() < until || aliveIn(pid) > 0)
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
      expect(await outcome).toMatchObject({ timedOut: false, exitCode: 2, stdout: Buffer.from("said\n") });
    });

    test("a detached helper with closed streams does not hold the result", async () => {
      const outcome = await run("/bin/sh -c 'setsid sleep 0.5 >/dev/null 2>&1 & echo started'");
      expect(outcome).toMatchObject({ exitCode: 0, stdout: Buffer.from("started\n"), timedOut: false });
    });

    test("a plugin that leaves its group is not killed by the timeout of another one", async () => {
      const path = script("gone.sh", `#!/bin/sh\nsetsid sh -c 'echo $$ > ${fileOf("pid")}; sleep 60'\n`);
      const outcome = run(path, { timeoutMs: PATIENCE_MS });
      const group = await written("pid");
      expect(await outcome).toMatchObject({ timedOut: true, signal: 15 });
      expect(aliveIn(group)).toBeGreaterThan(0);
      process.kill(-group, "SIGKILL");
    });

    test("abort ends running and waiting plugins, and refuses later ones", async () => {
      const many = Array.from({ length: 20 }, () => run("sleep 60"));
      await runner.abortAll();
      const outcomes = await Promise.all(many);
      expect(outcomes.every(({ aborted, timedOut }) => aborted && !timedOut)).toBe(true);
      expect(runner.active).toBe(0);
      expect(await run("/bin/true")).toMatchObject({ exitCode: 0, aborted: false });
    });

    test("abort at once kills plugins that ignore TERM", async () => {
      const path = script(
        "deaf.sh",
        `#!/bin/sh\ntrap '' TERM INT\necho $$ > ${fileOf("pid")}\nsleep 60\nsleep 60\n`,
      );
      const outcome = run(path);
      const group = await written("pid");
      await runner.abortAll("at once");
      expect(await outcome).toMatchObject({ aborted: true });
      await expect.poll(() => aliveIn(group), { timeout: GENEROUS_MS }).toBe(0);
    });

    test("300 concurrent runs: all results, no zombie, no descriptor left", async () => {
      const own = createRunner({ native });
      await own.run({ commandLine: Buffer.from("/bin/true"), timeoutMs: GENEROUS_MS });
      own.close();
      const before = openDescriptors();
      const fresh = createRunner({ native });
      const outcomes = await Promise.all(
        Array.from({ length: 300 }, (_, index) =>
          fresh.run({
            commandLine: Buffer.from(`/bin/sh -c "echo ${index}; exit ${index % 4}"`),
            timeoutMs: GENEROUS_MS,
          }),
        ),
      );
      expect(outcomes.map(({ exitCode, stdout }) => [exitCode, stdout.toString()])).toEqual(
        Array.from({ length: 300 }, (_, index) => [index % 4, `${index}\n`]),
      );
      fresh.close();
      await expect.poll(openDescriptors, { timeout: GENEROUS_MS }).toBeLessThanOrEqual(before);
    });
  });

  test("limits are exact, or refused", async () => {
    const limits = { openFiles: 17, memoryBytes: 512 * MIB, cpuSeconds: 9 };
    const outcome = await run("/bin/sh -c 'ulimit -n; ulimit -v; ulimit -t'", { limits });
    if (native === "auto") expect(outcome.stdout.toString()).toBe("17\n524288\n9\n");
    else expect(outcome.error).toEqual({ errno: "ENOTSUP", text: "limits need the native spawner" });
  });
});
