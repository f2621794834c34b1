// Tests everything in the addon that depends on the machine and its kernel, with Node and a shell only: `node
// scripts/smoke.ts`. Prints a line for each step; exit code 1 if one fails. scripts/smoke-arm64.mjs runs it
// on an emulated arm64 machine, scripts/smoke-user-mode.mjs in an emulated process: with the arguments `user-mode` and the
// command line of the emulator, which leaves out what qemu-user cannot do.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createCipheriv } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { loadAddon, type PluginCommand, type PluginEnd } from "../src/index.ts";

const { ENOENT, EACCES } = constants.errno;
const MIB = 1024 * 1024;
const [mode, ...emulator] = process.argv.slice(2);
const MANY = 200;
/** Bytes in front of the text of a sealed message, and behind it. */
const [HEAD, TAG] = [40, 16];
const TIMEOUT_MS = 300_000;

const loaded = loadAddon();
if ("reason" in loaded) throw new Error(loaded.reason);
const waiting = new Map<number, (end: PluginEnd) => void>();
const engine = loaded.addon.createEngine({
  lanes: 2,
  ladderStepMs: 2000,
  onEnd: (id, end) => waiting.get(id)?.(end),
  onGone: () => undefined,
});
let nextId = 0;

function run(argv: readonly string[], more: Partial<PluginCommand> = {}): Promise<PluginEnd> {
  const id = nextId++;
  return new Promise((resolve) => {
    waiting.set(id, resolve);
    const words = argv.map((word) => Buffer.from(word));
    const command = { argv: words, env: [], timeoutMs: TIMEOUT_MS, maxOutputBytes: MIB, ...more };
    assert.ok(engine.start(id, command));
  });
}

const sh = (line: string) => ["/bin/sh", "-c", line];
const descriptors = () => readdirSync("/proc/self/fd").length;
const isThere = (pid: string) => {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false; // it has ended
  }
};

const steps: Readonly<Record<string, () => Promise<void>>> = {
  "runs a program, with its output, exit code and usage": async () => {
    const end = await run(sh("echo out; echo err >/dev/stderr; exit 2"));
    assert.deepEqual([end.exitCode, String(end.stdout), String(end.stderr)], [2, "out\n", "err\n"]);
    assert.ok((end.usage?.maxRssBytes ?? 0) > 0);
  },
  "reports why a program cannot be started": async () => {
    assert.deepEqual((await run(["/not-there"])).failure, { errno: ENOENT, step: "start" });
    assert.deepEqual((await run(["/proc"])).failure, { errno: EACCES, step: "start" });
    const cgroup = { limits: { cgroup: "/not-there" } };
    assert.deepEqual((await run(["/bin/true"], cgroup)).failure, { errno: ENOENT, step: "cgroup" });
  },
  "searches PATH, and gives files without #! to the shell": async () => {
    assert.equal(String((await run(["echo", "found"])).stdout), "found\n");
    const folder = mkdtempSync(join(tmpdir(), "smoke-"));
    const script = join(folder, "script");
    writeFileSync(script, "echo $1; exit 1\n", { mode: 0o755 });
    const end = await run([script, "as a script"]);
    rmSync(folder, { recursive: true });
    assert.deepEqual([end.exitCode, String(end.stdout)], [1, "as a script\n"]);
  },
  "reports signals, limits output": async () => {
    assert.equal((await run(sh("kill -9 $$"))).signal, 9);
    const end = await run(sh("head -c 3000000 /dev/zero"));
    assert.deepEqual([end.stdout.length, end.truncatedBytes], [MIB, 3_000_000 - MIB]);
  },
  "sets limits": async () => {
    assert.equal(String((await run(sh("ulimit -n"), { limits: { openFiles: 20 } })).stdout), "20\n");
    if (process.getuid?.() !== 0) return;
    const runAs = { uid: 65_534, gid: 65_533, groups: [] };
    const end = await run(sh("id -u; id -g; echo e >/dev/stderr"), { limits: { runAs } });
    assert.deepEqual([String(end.stdout), String(end.stderr)], ["65534\n65533\n", "e\n"]);
  },
  "ends what runs out of time": async () => {
    const line = "trap 'echo term' TERM; trap 'echo int' INT; while :; do sleep 0.05; done";
    const end = await run(sh(line), { timeoutMs: 5000 });
    assert.ok(end.timedOut);
    assert.match(String(end.stdout), /term\n(.*\n)*int\n/);
    const silent = await run(sh("exec >&- 2>&-; sleep 1000"), { timeoutMs: 1000 });
    assert.deepEqual([silent.timedOut, silent.signal], [true, constants.signals.SIGTERM]);
  },
  "leaves no child and no descriptor": async () => {
    const before = descriptors();
    const ends = await Promise.all(Array.from({ length: MANY }, (_, n) => run(sh(`exit ${n % 4}`))));
    assert.deepEqual(
      ends.map(({ exitCode }) => exitCode),
      Array.from({ length: MANY }, (_, n) => n % 4),
    );
    assert.equal(descriptors(), before);
  },
  "ciphers messages as node:crypto does, and opens no other ones": async () => {
    assert.ok(loaded.addon.messageCipher !== undefined, "no cipher in this Node");
    const key = Buffer.alloc(32, 1);
    const cipher = loaded.addon.messageCipher(key, HEAD);
    const [nonce, associated] = [Buffer.alloc(12, 2), Buffer.from("associated")];
    for (const size of [0, 1, 15, 16, 17, 300, 70_000]) {
      const text = Buffer.alloc(size, 0x61);
      const message = Buffer.concat([Buffer.alloc(HEAD), text, Buffer.alloc(TAG)]);
      cipher.seal(nonce, associated, message);
      const theirs = createCipheriv("aes-256-gcm", key, nonce).setAAD(associated);
      const ciphered = Buffer.concat([theirs.update(text), theirs.final(), theirs.getAuthTag()]);
      assert.deepEqual(message.subarray(HEAD), ciphered);
      assert.deepEqual(cipher.open(nonce, associated, message), text);
      const wrong = Buffer.from(message);
      wrong[message.length - 1] = (wrong.at(-1) ?? 0) ^ 1;
      const [shorter, longer] = [message.subarray(0, -1), Buffer.concat([message, Buffer.alloc(1)])];
      for (const one of [wrong, shorter, longer, message.subarray(0, HEAD)])
        assert.equal(cipher.open(nonce, associated, one), undefined);
      assert.equal(cipher.open(nonce.subarray(1), associated, message), undefined);
    }
  },
  "plugins of a killed worker end": async () => {
    const [program = "", ...args] = [...emulator, process.execPath, import.meta.filename, "hold"];
    const worker = spawn(program, args, {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(worker.stdout, "data")) as [Buffer];
    const plugin = String(line).trim();
    assert.ok(isThere(plugin));
    worker.kill("SIGKILL");
    await once(worker, "exit");
    while (isThere(plugin)) await new Promise((resolve) => setTimeout(resolve, 20));
  },
};

/** Steps that fail in a process emulated by qemu-user 7.2, and why. */
const impossibleInUserMode: Readonly<Record<string, string>> = {
  "reports why a program cannot be started":
    "the child gets a copy of the memory that it should share, so its errno does not come back",
};

if (mode === "hold") {
  const folder = mkdtempSync(join(tmpdir(), "smoke-"));
  const file = join(folder, "pid");
  void run(sh(`echo $$ >${file}.new; mv ${file}.new ${file}; exec sleep 1000`));
  while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 20));
  process.stdout.write(readFileSync(file));
  rmSync(folder, { recursive: true });
} else {
  for (const [name, step] of Object.entries(steps)) {
    const why = mode === "user-mode" ? impossibleInUserMode[name] : undefined;
    if (why === undefined) await step();
    process.stdout.write(`${process.arch}: ${why === undefined ? name : `left out: ${name}: ${why}`}\n`);
  }
  engine.close();
  process.stdout.write(`${process.arch}: the addon works\n`);
}
