// @module-tag slow
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { constants, mkdirSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import {
  type Engine,
  type EngineOptions,
  loadAddon,
  type PluginCommand,
  type PluginEnd,
} from "../src/index.ts";
import { children } from "./fixtures/children.ts";

const MIB = 1024 * 1024;
const [SETPRIV, ...KEPT] = [
  "setpriv",
  ...["--inh-caps=+net_raw", "--ambient-caps=+net_raw", "--securebits=+no_setuid_fixup"],
] as const;
const ambient = new URL("fixtures/ambient.ts", import.meta.url).pathname;
const isRoot = process.getuid?.() === 0;
const CGROUPS = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"].find((folder) =>
  readFileSync("/proc/mounts", "latin1").includes(` ${folder} cgroup2 `),
);

interface Rig {
  readonly engine: Engine;
  run(argv: readonly string[], more?: Partial<PluginCommand>): Promise<PluginEnd>;
}

const open: Engine[] = [];
afterEach(() => {
  for (const engine of open.splice(0)) engine.close();
});

function rig(options: Partial<EngineOptions> = {}): Rig {
  const loaded = loadAddon();
  if ("reason" in loaded) throw new Error(loaded.reason);
  const waiting = new Map<number, (end: PluginEnd) => void>();
  const onEnd = (id: number, end: PluginEnd) => waiting.get(id)?.(end);
  const engine = loaded.addon.createEngine({ onEnd, onGone: () => undefined, ...options });
  open.push(engine);
  let nextId = 0;
  const run: Rig["run"] = (argv, more = {}) =>
    new Promise((resolve) => {
      const id = nextId++;
      waiting.set(id, resolve);
      const words = argv.map((word) => Buffer.from(word));
      const started = engine.start(id, {
        ...{ argv: words, env: [], timeoutMs: 50_000, maxOutputBytes: 10 * MIB },
        ...more,
      });
      expect(started).toBe(true);
    });
  return { engine, run };
}

const sh = (line: string) => ["/bin/sh", "-c", line];
const descriptors = () => readdirSync("/proc/self/fd").length;

test("returns usage and times of the plugin", async () => {
  const { run } = rig();
  const before = Date.now() * 1000;
  const end = await run(sh("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"));
  expect(end.usage?.userMicros).toBeGreaterThan(1000);
  expect(end.usage?.systemMicros).toBeGreaterThanOrEqual(0);
  expect(end.usage?.maxRssBytes).toBeGreaterThan(MIB / 2);
  expect(end.startedMicros).toBeGreaterThanOrEqual(before);
  expect(end.finishedMicros - end.startedMicros).toBeGreaterThan(1000);
});

test.for([1, 34, 50, 64])("killed by signal %i", async (signal) => {
  expect(await rig().run(sh(`kill -${signal} $$`))).toMatchObject({ signal, exitCode: undefined });
});

test("concurrent outputs of all sizes are not mixed", async () => {
  const { run } = rig({ lanes: 3 });
  const sizes = Array.from(
    { length: 80 },
    (_, n) => [0, 1, 4095, 65_535, 65_536, 65_537, 200_000][n % 7] ?? 0,
  );
  const ends = await Promise.all(
    sizes.map((size, n) => run(sh(`head -c ${size} /dev/zero | tr '\\0' ${n % 10}; echo ${n} >&2`))),
  );
  ends.forEach(({ stdout, stderr, exitCode }, n) => {
    expect(exitCode).toBe(0);
    expect(stdout.equals(Buffer.alloc(sizes[n] ?? 0, String(n % 10)))).toBe(true);
    expect(stderr.toString()).toBe(`${n}\n`);
  });
});

test("an environment of bytes; the later of two entries has precedence", async () => {
  const env = ["PATH=/usr/bin:/bin", "A=\xff", "B=1"].map((entry) => Buffer.from(entry, "latin1"));
  const { run } = rig({ env });
  const overlay = ["B=2", "B=3", "C=\xfe"].map((entry) => Buffer.from(entry, "latin1"));
  const { stdout } = await run(["env"], { env: overlay });
  const entries = stdout.toString("latin1").trim().split("\n").sort();
  expect(entries).toEqual(["A=\xff", "B=3", "C=\xfe", "PATH=/usr/bin:/bin"]);
});

test("a command larger than the buffer for requests", async () => {
  const { run } = rig();
  const words = Array.from({ length: 300 }, (_, n) => String(n).padEnd(1000, "x"));
  expect((await run(["/bin/echo", ...words])).stdout.toString()).toBe(`${words.join(" ")}\n`);
  expect((await run(["/bin/echo", "small"])).stdout.toString()).toBe("small\n");
});

test("refuses NUL bytes and an empty argument list, without a result", async () => {
  const { engine, run } = rig();
  const rest = { env: [], timeoutMs: 1000, maxOutputBytes: 10 };
  expect(engine.start(100, { argv: [Buffer.from("/bin/echo"), Buffer.from("a\0b")], ...rest })).toBe(false);
  expect(engine.start(101, { argv: [], ...rest })).toBe(false);
  expect(engine.start(102, { argv: [Buffer.from("x")], ...rest, env: [Buffer.from("A=\0")] })).toBe(false);
  expect((await run(["/bin/true"])).exitCode).toBe(0);
  engine.close();
  expect(engine.start(103, { argv: [Buffer.from("/bin/true")], ...rest })).toBe(false);
});

test("two engines and libuv: each reaps its own children", async () => {
  const [one, other] = [rig({ lanes: 2 }), rig()];
  const work = Array.from({ length: 40 }, async (_, n) => {
    const child = spawn("/bin/sh", ["-c", `exit ${n}`], { stdio: "ignore" });
    const [[code], first, second] = await Promise.all([
      once(child, "exit"),
      one.run(sh(`exit ${n}`)),
      other.run(sh(`exit ${n + 100}`)),
    ]);
    return [code, first.exitCode, second.exitCode];
  });
  expect(await Promise.all(work)).toEqual(Array.from({ length: 40 }, (_, n) => [n, n, n + 100]));
});

test("1,000 plugins and 200 failures leave no descriptor and no child", async () => {
  const { run, engine } = rig({ lanes: 2 });
  await run(["/bin/true"]);
  const before = descriptors();
  for (let round = 0; round < 10; round++) {
    const ends = await Promise.all(
      Array.from({ length: 120 }, (_, n) => run(n % 6 === 0 ? ["/not-there"] : sh("exec >&-; exit 3"))),
    );
    expect(ends.filter(({ exitCode }) => exitCode === 3)).toHaveLength(100);
    expect(ends.filter(({ failure }) => failure?.step === "start")).toHaveLength(20);
  }
  expect(descriptors()).toBe(before);
  expect(children()).toEqual([]);
  engine.close();
  expect(descriptors()).toBeLessThan(before);
});

test("kill ladder: TERM, INT, KILL, one step apart, then no process is left", async () => {
  const gone: number[] = [];
  const { run } = rig({ ladderStepMs: 1500, onGone: (id) => void gone.push(id) });
  const deaf = "trap 'echo term' TERM; trap 'echo int' INT; while :; do sleep 0.02; done";
  const end = await run(sh(deaf), { timeoutMs: 4000 });
  expect(end).toMatchObject({ timedOut: true, lingers: false });
  expect(end.stdout.toString()).toMatch(/^term\n+(.*\n)*int\n/);
  await expect.poll(children).toEqual([]);
  expect(gone).toEqual([]);
});

/** State letter of a process; undefined if it does not exist. */
function stateOf(pid: string): string | undefined {
  try {
    return /\) (.) /.exec(readFileSync(`/proc/${pid}/stat`, "latin1"))?.[1];
  } catch {
    return undefined;
  }
}

describe("the process id of a group leader is kept as long as the group may be signalled", () => {
  const LONG_STEP_MS = 600_000;

  test("while the rest of it is being killed", async () => {
    const gone: number[] = [];
    const { run, engine } = rig({ ladderStepMs: LONG_STEP_MS, onGone: (id) => void gone.push(id) });
    const deafChild = "(trap '' TERM; exec sleep 100) & echo $$; wait";
    const end = await run(sh(deafChild), { timeoutMs: 3000 });
    const leader = end.stdout.toString().trim();
    expect(end).toMatchObject({ timedOut: true, lingers: true, signal: 15 });
    expect(stateOf(leader)).toBe("Z");
    engine.abortAll(true);
    await expect.poll(() => gone).toHaveLength(1);
    expect(children()).toEqual([]);
  });

  test("while a descendant holds the streams, until an abort has killed it", async () => {
    const { run, engine } = rig({ ladderStepMs: 100 });
    const held = run(sh("(trap '' TERM; exec sleep 100) & exit 3"));
    await expect.poll(() => children().map(stateOf)).toEqual(["Z"]);
    await run(sh("sleep 1")); // the lane examines runs that are half a second old
    expect(children().map(stateOf)).toEqual(["Z"]);
    engine.abortAll(false);
    expect(await held).toMatchObject({ exitCode: 3, aborted: true, lingers: true });
    await expect.poll(children).toEqual([]);
  });
});

test("the plugin's ends of its pipes are blocking, as programs expect", async () => {
  const { stdout } = await rig().run(sh("grep flags /proc/self/fdinfo/1 /proc/self/fdinfo/2 2>&1"));
  const flags = [...stdout.toString().matchAll(/flags:\s+(\d+)/g)].map(([, text]) =>
    Number.parseInt(text ?? "", 8),
  );
  const { O_NONBLOCK, O_WRONLY, O_RDWR } = constants;
  expect(flags.map((set) => set & (O_NONBLOCK | O_WRONLY | O_RDWR))).toEqual([O_WRONLY, O_WRONLY]);
});

describe("limits", () => {
  test("CPU time: SIGXCPU", async () => {
    const end = await rig().run(sh("while :; do :; done"), { limits: { cpuSeconds: 1 } });
    expect(end).toMatchObject({ signal: 24, timedOut: false });
  });

  test("memory: allocations fail", async () => {
    const line = "dd if=/dev/zero of=/dev/null bs=200M count=1 2>/dev/null";
    expect((await rig().run(sh(line))).exitCode).toBe(0);
    expect((await rig().run(sh(line), { limits: { memoryBytes: 100 * MIB } })).exitCode).toBe(1);
  });

  test("open files", async () => {
    const end = await rig().run(sh("ulimit -n; ulimit -Hn"), { limits: { openFiles: 20 } });
    expect(end.stdout.toString()).toBe("20\n20\n");
  });

  test("a failed step is reported, and differs from a missing plugin", async () => {
    const end = await rig().run(["/bin/true"], { limits: { cgroup: "/not-there" } });
    expect(end.failure).toEqual({ errno: 2, step: "cgroup" });
    expect(children()).toEqual([]);
  });

  test.runIf(isRoot)("another user: all ids, the groups, and its own pipes", async () => {
    const runAs = { uid: 65_534, gid: 65_533, groups: [65_530, 65_531] };
    const end = await rig().run(sh("id -u; id -g; id -G; grep ^Uid /proc/self/status; echo x >/dev/stderr"), {
      limits: { runAs },
    });
    expect(end.stdout.toString().replaceAll("\t", " ")).toBe(
      "65534\n65533\n65533 65530 65531\nUid: 65534 65534 65534 65534\n",
    );
    expect(end).toMatchObject({ exitCode: 0, stderr: Buffer.from("x\n") });
    expect(process.getuid?.()).toBe(0);
  });

  test.runIf(isRoot)("another user: no ambient capabilities, also if the worker has some", () => {
    const node = [process.execPath, "--disable-warning=ExperimentalWarning", ambient];
    const printed = execFileSync(SETPRIV, [...KEPT, ...node], { encoding: "latin1" });
    const NONE = "0000000000000000";
    expect(
      Object.fromEntries([...printed.matchAll(/^(\w+):\t(\w+)/gm)].map(([, name, value]) => [name, value])),
    ).toEqual({
      ...{ Uid: "65534", CapPrm: NONE, CapEff: NONE, CapAmb: NONE },
    });
  });

  test.runIf(isRoot && CGROUPS !== undefined)("a cgroup", async () => {
    const folder = `${CGROUPS}/mod-gearman-test-${process.pid}`;
    mkdirSync(folder);
    try {
      const end = await rig().run(sh("grep ^0:: /proc/self/cgroup"), { limits: { cgroup: folder } });
      expect(end.stdout.toString()).toMatch(new RegExp(`/mod-gearman-test-${process.pid}\n$`));
    } finally {
      rmdirSync(folder);
    }
  });
});
