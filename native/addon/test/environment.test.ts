// @module-tag slow
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const fixture = new URL("fixtures/exit-while-running.ts", import.meta.url).pathname;

/** Processes whose command line holds the text. */
function running(text: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(text);
    } catch {
      return false; // ended meanwhile
    }
  });
}

test.for([
  ["natural", 0, "started\n"],
  ["exit", 7, "started\n"],
  ["worker", 0, "terminated\n"],
] as const)(
  "plugins are killed and reaped at the end of their environment: %s",
  async ([how, code, said]) => {
    const seconds = `61.${process.pid}`; // unique to this test
    const { status, signal, stdout } = spawnSync(process.execPath, [fixture, how, seconds], {
      encoding: "utf8",
      timeout: 50_000,
    });
    expect([status, signal, stdout]).toEqual([code, null, said]);
    // both the shells and their children: the whole groups
    await expect
      .poll(() => [...running(`sleep ${seconds}`), ...running(`sleep\u0000${seconds}`)])
      .toEqual([]);
  },
);
