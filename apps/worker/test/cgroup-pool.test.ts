import { memoryLogger } from "@mod-gearman/observe";
import type { RunRequest } from "@mod-gearman/runner";
import { ManualClock, settle } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { CgroupPool, inCgroups } from "../src/cgroup-pool.ts";
import { cgroupProc, FakeCgroups, UNIT } from "./fake-cgroups.ts";
import { FakeRunner } from "./fake-runner.ts";

const MIB = 1024 * 1024;
const WITHOUT = "warn: limit_memory: no cgroup for a plugin, limiting its address space:";

class Rig {
  readonly files = new FakeCgroups();
  readonly clock = new ManualClock();
  readonly logger = memoryLogger();
  capacity = 3;
  proc = cgroupProc();
  readonly pool = new CgroupPool({
    files: this.files,
    readProc: (name) => this.proc[name],
    capacity: () => this.capacity,
    now: () => this.clock.monotonicMs(),
    logger: this.logger,
  });

  take(limitBytes = 64 * MIB) {
    const cgroup = this.pool.acquire(limitBytes);
    if (cgroup === undefined) throw new Error("there is no cgroup");
    return cgroup;
  }
}

/** A pool in force. */
function rig(): Rig {
  const made = new Rig();
  made.pool.prepare();
  return made;
}

describe("dividing the cgroup", () => {
  test("this process moves into a leaf, its siblings get the memory controller", () => {
    const { files, logger } = rig();
    expect(files.whereIs("self")).toBe(`${UNIT}/worker`);
    expect(files.textOf(`${UNIT}/cgroup.subtree_control`)).toBe("+memory");
    expect(logger.lines).toEqual([`info: limit_memory: each plugin has a cgroup of its own below ${UNIT}`]);
  });

  test("folders of a dead worker are removed, unless its plugins are still in them", () => {
    const made = new Rig();
    for (const name of ["worker", "check-1", "check-2", "check-x", "mine"])
      made.files.makeFolder(`${UNIT}/${name}`);
    made.files.join(`${UNIT}/check-2`, "orphan");
    made.pool.prepare();
    expect(made.files.names).toEqual(["worker", "check-2", "check-x", "mine"]);
    expect([made.take().folder, made.take().folder]).toEqual([`${UNIT}/check-1`, `${UNIT}/check-3`]);
  });

  test("no delegation: logged once, nothing is changed, retried later", async () => {
    const { pool, files, logger, clock } = Object.assign(new Rig(), { proc: {} });
    pool.prepare();
    await clock.advance(10_000);
    expect(pool.acquire(MIB)).toBeUndefined();
    pool.prepare();
    expect(logger.lines).toEqual([
      "info: limit_memory: no delegated cgroup v2 (Delegate=yes in the unit), limiting address space per process: " +
        "this process has none",
    ]);
    expect(files.names).toEqual([]);
    expect([pool.without, pool.describe()]).toEqual([0, []]);
  });

  test("while other processes are in it, plugins run without; afterwards they do not", async () => {
    const { pool, files, clock, logger } = new Rig();
    files.join(UNIT, "plugin of earlier settings");
    pool.prepare();
    expect(logger.lines[0]).toContain(`other processes are in ${UNIT}`);
    files.leave("plugin of earlier settings");
    await clock.advance(9999);
    expect(pool.acquire(MIB)).toBeUndefined();
    await clock.advance(1);
    expect(pool.acquire(MIB)?.folder).toBe(`${UNIT}/check-1`);
    expect(logger.lines).toHaveLength(2);
  });

  test("children of this process move with it, and back", () => {
    const made = new Rig();
    Object.assign(made.proc, {
      "self/stat": "4711 (node) S 1 4711 4711 0",
      "4712/stat": "4712 (a (strange) name) S 4711 4712 4711 0",
      "4713/stat": "4713 (S 4711) S 1 4713 4711 0",
    });
    const { pool, files } = made;
    for (const process of ["4712", "4713"]) files.folders.get(UNIT)?.processes.add(process);
    pool.prepare();
    expect([files.whereIs("4712"), files.whereIs("4713")]).toEqual([`${UNIT}/worker`, UNIT]);
    expect(made.logger.lines[0]).toContain("other processes");
    pool.close();
    expect([files.whereIs("4712"), files.whereIs("self"), files.names]).toEqual([UNIT, UNIT, []]);
  });

  test("another worker uses it", () => {
    const { pool, files, logger } = new Rig();
    files.makeFolder(`${UNIT}/worker`);
    files.join(`${UNIT}/worker`, "other");
    pool.prepare();
    expect(files.whereIs("self")).toBe(UNIT);
    expect(logger.lines[0]).toContain(`another worker is in ${UNIT}/worker`);
  });

  test.for(["makeFolder", "write", "read"])("%s fails: no cgroups, no exception", (call) => {
    const { pool, files, logger } = new Rig();
    files.refuse = (text) => (text.startsWith(`${call} `) ? "EACCES" : undefined);
    pool.prepare();
    expect(pool.acquire(MIB)).toBeUndefined();
    expect(logger.lines).toEqual([
      expect.stringMatching(/limiting address space per process: E(ACCES|NOENT): /),
    ]);
    pool.close();
    expect(files.whereIs("self")).toBe(UNIT);
    if (call !== "read") expect(files.names).toEqual([]);
  });
});

describe("folders", () => {
  test("have the limit and no swap, and are killed as a whole", () => {
    const made = rig();
    const { folder } = made.take(64 * MIB);
    const names = ["memory.max", "memory.swap.max", "memory.oom.group"];
    expect(names.map((name) => made.files.textOf(`${folder}/${name}`))).toEqual([`${64 * MIB}`, "0", "1"]);
  });

  test("a kernel without swap accounting", () => {
    const made = rig();
    made.files.memoryFiles = ["memory.max"];
    expect(made.files.textOf(`${made.take().folder}/memory.max`)).toBe(`${64 * MIB}`);
  });

  test("are reused when empty, with the current limit", () => {
    const made = rig();
    const first = made.take();
    made.pool.release(first);
    const writes: string[] = [];
    made.files.refuse = (call) => void writes.push(call);
    const again = made.take();
    expect(again.folder).toBe(first.folder);
    expect(writes).toEqual([`read ${first.folder}/cgroup.events`]);
    made.pool.release(again);
    expect(made.files.textOf(`${made.take(MIB).folder}/memory.max`)).toBe(`${MIB}`);
    expect(made.files.names).toEqual(["worker", "check-1"]);
  });

  test("are not reused while a process of their plugin is running", () => {
    const made = rig();
    const first = made.take();
    made.files.join(first.folder, "daemon");
    made.pool.release(first);
    const second = made.take();
    expect(second.folder).toBe(`${UNIT}/check-2`);
    made.files.leave("daemon");
    expect(made.take().folder).toBe(first.folder);
  });

  test("that were removed are replaced", () => {
    const made = rig();
    const first = made.take();
    made.pool.release(first);
    made.files.removeFolder(first.folder);
    expect(made.take().folder).toBe(`${UNIT}/check-2`);
    expect(made.pool.describe()).toEqual(["cgroups: 1 in use, 0 idle, 0 plugins without"]);
  });

  test("are as many as plugins may run; plugins without one are counted", () => {
    const made = rig();
    const taken = [made.take(), made.take(), made.take()];
    expect([made.pool.acquire(MIB), made.pool.acquire(MIB)]).toEqual([undefined, undefined]);
    expect(made.pool.without).toBe(2);
    expect(made.logger.lines.slice(1)).toEqual([`${WITHOUT} all 3 are in use`]);
    made.capacity = 1;
    for (const cgroup of taken) made.pool.release(cgroup);
    expect(made.files.names).toEqual(["worker", "check-3"]);
  });

  test.for([
    ["makeFolder", "ENOSPC"],
    ["write", "EINVAL"],
  ] as const)(
    "%s fails with %s: counted, nothing is left, and the next attempt may succeed",
    ([call, code]) => {
      const made = rig();
      made.files.refuse = (text) => (text.startsWith(`${call} ${UNIT}/check-`) ? code : undefined);
      expect(made.pool.acquire(MIB)).toBeUndefined();
      expect(made.pool.without).toBe(1);
      expect(made.files.names).toEqual(["worker"]);
      expect(made.logger.lines[1]).toContain(`${WITHOUT} ${code}: ${UNIT}/check-1`);
      made.files.refuse = () => undefined;
      expect(made.take().folder).toBe(`${UNIT}/check-2`);
    },
  );
});

describe("the end", () => {
  test("the original state is restored", () => {
    const made = rig();
    made.pool.release(made.take());
    made.pool.close();
    expect(made.files.names).toEqual([]);
    expect(made.files.whereIs("self")).toBe(UNIT);
    made.pool.prepare();
    expect([made.pool.acquire(MIB), made.files.names]).toEqual([undefined, []]);
  });

  test("while plugins are being killed, the last one removes its folder", () => {
    const made = rig();
    const [one, two] = [made.take(), made.take()];
    made.pool.close();
    made.pool.release(one);
    expect(made.files.names).toEqual(["worker", "check-2"]);
    made.pool.release(two);
    expect([made.files.names, made.files.whereIs("self")]).toEqual([[], UNIT]);
  });

  test("a folder that cannot be removed is left for the next start", () => {
    const made = rig();
    const cgroup = made.take();
    made.files.join(cgroup.folder, "daemon");
    made.pool.release(cgroup);
    made.pool.close();
    expect(made.files.names).toEqual(["worker", "check-1"]);
  });
});

describe("runs", () => {
  const request = (limits?: RunRequest["limits"]): RunRequest => ({
    commandLine: Buffer.from("/x"),
    timeoutMs: 1000,
    ...(limits === undefined ? {} : { limits }),
  });

  /** Runs of one runner, and their outcomes. */
  function runs(pool: CgroupPool) {
    const runner = new FakeRunner();
    const errors: (string | undefined)[] = [];
    const limited = inCgroups(runner, pool);
    const start = (limits?: RunRequest["limits"]) =>
      limited.start(request(limits), ({ error }) => void errors.push(error?.errno));
    return { start, errors, limits: () => runner.runs.map((run) => run.request.limits), runner };
  }

  test("a cgroup replaces the limit of memory during the run", async () => {
    const { pool } = rig();
    const { start, errors, limits, runner } = runs(pool);
    start({ memoryBytes: MIB, openFiles: 9 });
    expect(limits()).toEqual([{ openFiles: 9, cgroup: `${UNIT}/check-1` }]);
    expect(pool.describe()).toEqual(["cgroups: 1 in use, 0 idle, 0 plugins without"]);
    runner.runs[0]?.end({ exitCode: 0 });
    await settle();
    expect(errors).toEqual([undefined]);
    expect(pool.describe()).toEqual(["cgroups: 0 in use, 1 idle, 0 plugins without"]);
  });

  test("other limits are unchanged", () => {
    const made = rig();
    made.capacity = 0;
    const { start, limits } = runs(made.pool);
    start();
    start({ cpuSeconds: 1 });
    expect(made.pool.without).toBe(0);
    start({ memoryBytes: MIB });
    expect(limits()).toEqual([undefined, { cpuSeconds: 1 }, { memoryBytes: MIB }]);
    expect(made.pool.without).toBe(1);
  });

  test("a plugin that cannot join its cgroup starts without it", async () => {
    const { pool, files } = rig();
    const { start, errors, limits, runner } = runs(pool);
    start({ memoryBytes: MIB });
    runner.runs[0]?.end({ exec: "error", error: { errno: "ELIMIT", text: "cannot join the cgroup" } });
    await settle();
    expect([limits()[1], errors, pool.without]).toEqual([{ memoryBytes: MIB }, [], 1]);
    expect(files.names).toEqual(["worker"]);
    runner.runs[1]?.end({ exec: "error", error: { errno: "ELIMIT", text: "again" } });
    await settle();
    expect(errors).toEqual(["ELIMIT"]);
  });
});
