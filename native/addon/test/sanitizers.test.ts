import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

const room = new URL("..", import.meta.url).pathname;
/** These need Node; the rest is the engine. */
const ADDON_ONLY = new Set(["addon.cc", "engine_object.cc"]);

const compiler = process.env.CXX ?? "g++";
const hasCompiler = spawnSync(compiler, ["--version"]).status === 0;

test.runIf(hasCompiler)(
  "a storm of plugins with the address and undefined behaviour sanitizers",
  { timeout: 120_000 },
  () => {
    const folder = mkdtempSync(join(tmpdir(), "sanitizers-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const program = join(folder, "stress");
    const sources = readdirSync(join(room, "src/native")).filter(
      (name) => name.endsWith(".cc") && !ADDON_ONLY.has(name),
    );
    execFileSync(compiler, [
      ...["-std=c++17", "-O1", "-g", "-pthread", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"],
      ...["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"],
      join(room, "test/native/stress.cc"),
      ...sources.map((name) => join(room, "src/native", name)),
      ...["-o", program],
    ]);
    const { status, stdout, stderr } = spawnSync(program, { encoding: "utf8", timeout: 60_000 });
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^started 1080 .* descriptors 0 children none\n$/);
    const counts = Object.fromEntries(
      [...stdout.matchAll(/(\w+) (\d+)/g)].map(([, name, n]) => [name, Number(n)]),
    );
    for (const kind of ["exited", "signaled", "failed", "timedOut", "aborted"])
      expect(counts[kind], kind).toBeGreaterThan(0);
  },
);
