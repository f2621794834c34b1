import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Sets the time of day of a process, as an administrator or NTP sets that of a machine; its monotonic clock goes on. */
export interface FakedClock {
  /** Environment of the process. */
  readonly env: Record<string, string>;
  /** From now on its time of day is this far from the real one. */
  jump(seconds: number): void;
  close(): void;
}

/** @throws Error if libfaketime (Debian: faketime) is not installed */
export function fakedClock(): FakedClock {
  const library = readdirSync("/usr/lib")
    .map((folder) => join("/usr/lib", folder, "faketime/libfaketime.so.1"))
    .find((path) => existsSync(path));
  if (library === undefined) throw new Error("libfaketime is not installed (Debian: faketime)");
  const folder = mkdtempSync(join(tmpdir(), "e2e-clock-"));
  const file = join(folder, "offset");
  const jump = (seconds: number): void => writeFileSync(file, `${seconds < 0 ? "" : "+"}${seconds}\n`);
  jump(0);
  return {
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    },
    jump,
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}
