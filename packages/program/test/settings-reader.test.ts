import { ConfigError, moduleTable, workerTable } from "@mod-gearman/config";
import fc from "fast-check";
import { expect, test } from "vitest";
import { loadBridge } from "../src/load-bridge.ts";
import { loadGearmand } from "../src/load-gearmand.ts";
import { loadModule } from "../src/load-module.ts";
import { loadWorker } from "../src/load-worker.ts";
import { memoryFiles } from "./memory-files.ts";

/** Keys and values with typical mistakes, and random ones. */
const keys = fc.constantFrom(...Object.keys(moduleTable), ...Object.keys(workerTable), "x", "", "-");
const values = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom("yes", "no", "-1", "0", "1e9", "a,b", "[::1]:1", ":", "/m", "99999999999999999999", "\\t#"),
);
const lines = fc.array(
  fc.tuple(keys, fc.constantFrom("=", "", " = ", "=="), values).map((parts) => parts.join("")),
  { maxLength: 12 },
);

/** Runs a loader; any error except a ConfigError is a defect. */
function survives(load: () => object): boolean {
  try {
    return typeof load() === "object";
  } catch (error) {
    if (error instanceof ConfigError) return true;
    throw error;
  }
}

test("loaders throw only ConfigError, for any text", () => {
  fc.assert(
    fc.property(lines, (written) => {
      const deps = memoryFiles({ "/m": written.join("\n") });
      const argv = written.map((line) => `--${line}`);
      expect(survives(() => loadModule("config=/m", "/", deps))).toBe(true);
      expect(survives(() => loadModule(written.join(" "), "/", deps))).toBe(true);
      expect(survives(() => loadWorker(["--config=/m"], deps))).toBe(true);
      expect(survives(() => loadWorker(argv, deps))).toBe(true);
      expect(survives(() => loadBridge(argv, deps))).toBe(true);
      expect(survives(() => loadGearmand(["--config-file=/m", ...argv], deps))).toBe(true);
    }),
  );
});

test("no password is shown, wherever a blank, a typo or a missing = puts it", () => {
  const SECRET = "hunter2hunter2hunter2";
  const secretLines = fc.array(
    fc
      .tuple(
        fc.constantFrom("key", "password", "passwort", "Key ", "-key"),
        fc.constantFrom("=", " = ", " ", "=\n", "= a "),
      )
      .map(([key, joint]) => `${key}${joint}${SECRET}`),
    { minLength: 1, maxLength: 4 },
  );
  fc.assert(
    fc.property(secretLines, (written) => {
      const deps = memoryFiles({ "/m": written.join("\n") });
      for (const load of [
        () => loadModule("server=s config=/m", "/", deps),
        () => loadModule(`server=s ${written.join(" ")}`, "/", deps),
        () => loadWorker(["--server=s", "--hosts", "--config=/m"], deps),
        () =>
          loadWorker(["--server=s", "--hosts", ...written.flatMap((line) => `--${line}`.split(" "))], deps),
      ]) {
        expect(reportedBy(load)).not.toContain(SECRET);
      }
    }),
  );
});

/** All texts about a configuration that may be logged or printed. */
function reportedBy(load: () => object): string {
  try {
    const loaded = load();
    return JSON.stringify({ ...loaded, options: undefined });
  } catch (error) {
    return `${error} ${JSON.stringify(error)} ${error instanceof Error ? error.stack : ""}`;
  }
}
