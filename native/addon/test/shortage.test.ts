// @module-tag slow
import { execFileSync, spawnSync } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compile, hasCompiler, testFolder } from "./native-program.ts";

const { EMFILE, EAGAIN, ENOMEM } = constants.errno;
const LIMIT_MS = 100_000;
const fixture = new URL("fixtures/shortage.ts", import.meta.url).pathname;

// the limit of processes does not count for root
const asOtherUser =
  process.getuid?.() === 0 ? ["setpriv", "--reuid=64321", "--regid=64321", "--clear-groups"] : [];

/** Runs the fixture with a limit set by the given command; four rounds. */
function starve(limit: readonly string[], atOnce: number) {
  const folder = testFolder();
  const fifos = [1, 2, 3, 4].map((round) => join(folder, String(round)));
  execFileSync("mkfifo", ["-m", "666", ...fifos]);
  const args = [...limit, process.execPath, fixture, String(atOnce), ...fifos];
  const { stdout, stderr } = spawnSync(args[0] ?? "", args.slice(1), { encoding: "utf8", timeout: LIMIT_MS });
  expect(stderr.replace(/^.*ExperimentalWarning.*\n.*\n/, "")).toBe("");
  const report = JSON.parse(stdout) as { counts: Record<string, number>; leaked: number; left: string[] };
  expect([report.leaked, report.left]).toEqual([0, []]);
  return report.counts;
}

describe("a process short of", { timeout: 2 * LIMIT_MS }, () => {
  test("out of descriptors: EMFILE for those that cannot be started, the others run, nothing leaks", () => {
    const counts = starve(["prlimit", "--nofile=60:60"], 40);
    expect(counts[`errno ${EMFILE}`]).toBeGreaterThan(0);
    expect(counts["exit 0"]).toBeGreaterThan(0);
    expect((counts[`errno ${EMFILE}`] ?? 0) + (counts["exit 0"] ?? 0)).toBe(160);
  });

  test("out of processes: EAGAIN", () => {
    const counts = starve([...asOtherUser, "prlimit", "--nproc=40:40"], 60);
    expect(counts[`errno ${EAGAIN}`]).toBeGreaterThan(0);
    expect(counts["exit 0"]).toBeGreaterThan(0);
    expect((counts[`errno ${EAGAIN}`] ?? 0) + (counts["exit 0"] ?? 0)).toBe(240);
  });

  test.runIf(hasCompiler)("out of memory in the addon itself: ENOMEM, the process continues", () => {
    const library = compile("short-of-memory.cc", ["-std=c++17", "-shared", "-fPIC"]);
    const counts = starve(["env", `LD_PRELOAD=${library}`], 60);
    expect(counts[`errno ${ENOMEM}`]).toBeGreaterThan(0);
    expect(counts["exit 0"]).toBeGreaterThan(0);
    expect((counts[`errno ${ENOMEM}`] ?? 0) + (counts["exit 0"] ?? 0)).toBe(240);
  });
});
