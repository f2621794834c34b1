import { readFileSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { askPage } from "@mod-gearman/admin-http";
import { systemClock } from "@mod-gearman/base";
import { dialTcp } from "@mod-gearman/client";
import { nodeFiles } from "@mod-gearman/config";
import { rawArguments, runtimeName, writeWhole } from "@mod-gearman/program";
import { program } from "./program.ts";
import { VERSION } from "./version.ts";

const write = (handle: 1 | 2, text: Buffer | string): void =>
  writeWhole(handle, typeof text === "string" ? Buffer.from(text) : text);

const UNKNOWN = 3;

/** A reader that has gone is no error. */
process.on("SIGPIPE", () => undefined);

/** The result queue is removed before the end; a second signal does not wait for that. */
const stopped = Promise.withResolvers<number>();
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)
  process.once(signal, () => stopped.resolve(code));

void program({
  argv: rawArguments(process.argv.slice(2), () => readFileSync("/proc/self/cmdline")),
  files: { ...nodeFiles, userId: process.geteuid?.(), env: process.env },
  version: VERSION,
  runtime: runtimeName(process.versions),
  dial: dialTcp(),
  clock: systemClock,
  nowMicros: () => BigInt(Date.now()) * 1000n,
  random: () => crypto.randomUUID(),
  hostName: hostname(),
  randomBytes: (bytes) => Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))),
  ask: askPage,
  isFile: (path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true,
  siteFolder: process.env.OMD_ROOT,
  stopped: stopped.promise,
  stdout: (text) => write(1, text),
  stderr: (text) => write(2, text),
}).then(end, (error: unknown) => {
  write(2, `mod_gearman_run: internal error: ${error instanceof Error ? error.stack : error}\n`);
  end(UNKNOWN);
});

/** A pending name look-up must not delay the end. */
function end(code: number): void {
  process.exit(code);
}
