import { spawnSync } from "node:child_process";
import { constants } from "node:os";
import { expect, test } from "vitest";

const { EMFILE, EAGAIN } = constants.errno;
const fixture = new URL("fixtures/shortage.ts", import.meta.url).pathname;

/** Runs the fixture under a limit that `prlimit` sets. */
function starve(limit: readonly string[], atOnce: number) {
  const args = [...limit, process.execPath, fixture, String(atOnce), "4"];
  const { stdout, stderr } = spawnSync(args[0] ?? "", args.slice(1), { encoding: "utf8", timeout: 15_000 });
  expect(stderr.replace(/^.*ExperimentalWarning.*\n.*\n/, "")).toBe("");
  return JSON.parse(stdout) as { counts: Record<string, number>; leaked: number; children: string };
}

test("out of descriptors: EMFILE for those that cannot be started, the others run, nothing leaks", () => {
  const { counts, leaked, children } = starve(["prlimit", "--nofile=60:60"], 40);
  expect(counts[`errno ${EMFILE}`]).toBeGreaterThan(0);
  expect(counts["exit 0"]).toBeGreaterThan(0);
  expect((counts[`errno ${EMFILE}`] ?? 0) + (counts["exit 0"] ?? 0)).toBe(160);
  expect([leaked, children]).toEqual([0, ""]);
});

// the limit of processes does not count for root
const asNobody =
  process.getuid?.() === 0 ? ["setpriv", "--reuid=64321", "--regid=64321", "--clear-groups"] : [];

test("out of processes: EAGAIN", () => {
  const { counts, leaked, children } = starve([...asNobody, "prlimit", "--nproc=40:40"], 60);
  expect(counts[`errno ${EAGAIN}`]).toBeGreaterThan(0);
  expect(counts["exit 0"]).toBeGreaterThan(0);
  expect((counts[`errno ${EAGAIN}`] ?? 0) + (counts["exit 0"] ?? 0)).toBe(240);
  expect([leaked, children]).toEqual([0, ""]);
});
