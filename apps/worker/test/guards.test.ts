import { describe, expect, test } from "vitest";
import { type GuardLimits, growthBlockedBy, openFilesLimit, slotsForOpenFiles } from "../src/guards.ts";

const off: GuardLimits = {
  loadCpuMulti: 0,
  loadLimit1: 0,
  loadLimit5: 0,
  loadLimit15: 0,
  memLimitPercent: 0,
};
const machine = (files: Record<string, string>) => ({ cpus: 2, readProc: (name: string) => files[name] });
const meminfo = "MemTotal:       1000000 kB\nMemFree:          100000 kB\nMemAvailable:     300000 kB\n";

describe("load", () => {
  const loads = machine({ loadavg: "5.10 4.00 1.00 2/300 4711\n" });
  test.for<[string, Partial<GuardLimits>, string | undefined]>([
    ["off", {}, undefined],
    ["from the number of CPUs", { loadCpuMulti: 2.5 }, "load1 is too high: 5.100000 > 5.000000"],
    ["a limit of its own wins", { loadCpuMulti: 2.5, loadLimit1: 6 }, undefined],
    ["load5", { loadLimit5: 3.9 }, "load5 is too high: 4.000000 > 3.900000"],
    ["equal is allowed", { loadLimit5: 4 }, undefined],
    ["load15", { loadLimit15: 0.5 }, "load15 is too high: 1.000000 > 0.500000"],
  ])("%s", ([, limits, text]) =>
    expect(growthBlockedBy({ ...off, ...limits }, loads)).toBe(
      text === undefined ? undefined : `cannot start any more worker, ${text}`,
    ),
  );
  test("unknown: no limit", () =>
    expect(growthBlockedBy({ ...off, loadLimit1: 1 }, machine({}))).toBeUndefined());
});

describe("memory", () => {
  test("at the limit", () =>
    expect(growthBlockedBy({ ...off, memLimitPercent: 70 }, machine({ meminfo }))).toBe(
      "cannot start any more worker, memory usage is too high: 70% > 70% (free: 293 MiB)",
    ));
  test("below it", () =>
    expect(growthBlockedBy({ ...off, memLimitPercent: 71 }, machine({ meminfo }))).toBeUndefined());
  test("old kernels: MemFree", () =>
    expect(
      growthBlockedBy(
        { ...off, memLimitPercent: 90 },
        machine({ meminfo: meminfo.replace(/MemAvail.*\n/, "") }),
      ),
    ).toMatch(/90% > 90%/));
});

describe("open files", () => {
  test.for([
    [20, 1024, 180, 20],
    [300, 1024, 1860, 160],
    [50, 60, 360, 1],
  ] as const)("%i slots, %i files", ([maxWorker, files, needed, possible]) =>
    expect(slotsForOpenFiles(maxWorker, files)).toEqual({ needed, possible }),
  );
  test("unlimited or unknown", () => {
    expect(
      openFilesLimit(machine({ "self/limits": "Max open files   unlimited  unlimited files" })),
    ).toBeUndefined();
    expect(openFilesLimit(machine({}))).toBeUndefined();
  });
});
