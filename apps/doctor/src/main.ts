import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { fetchPage } from "@mod-gearman/admin-http";
import { systemClock } from "@mod-gearman/base";
import { dialTcp, speaksTls } from "@mod-gearman/client";
import { nodeFiles } from "@mod-gearman/config";
import { rawArguments, runtimeName, wantsColours, writeWhole } from "@mod-gearman/program";
import { localMachine } from "./local-machine.ts";
import { program } from "./program.ts";
import { VERSION } from "./version.ts";

const write = (handle: 1 | 2, text: string): void => writeWhole(handle, Buffer.from(text, "latin1"));

/** Last resort for defects: the plugin reports UNKNOWN. */
process.on("uncaughtException", (error) => {
  write(1, `mod_gearman_doctor UNKNOWN - internal error: ${error.message.split("\n")[0]}\n`);
  write(2, `${error.stack ?? error}\n`);
  process.exit(3);
});
process.on("SIGPIPE", () => undefined);

void program({
  argv: rawArguments(process.argv.slice(2), () => readFileSync("/proc/self/cmdline")),
  files: { ...nodeFiles, userId: process.geteuid?.(), env: process.env, hostname },
  version: VERSION,
  runtime: runtimeName(process.versions),
  nodeVersion: process.versions.node,
  machine: localMachine(),
  dial: dialTcp(),
  fetch: fetchPage,
  speaksTls,
  clock: systemClock,
  nowMicros: () => BigInt(Date.now()) * 1000n,
  random: () => crypto.randomUUID(),
  hostName: hostname(),
  workingFolder: process.cwd(),
  hasColours: wantsColours(process.stdout, process.env),
  stdout: (text) => write(1, text),
  stderr: (text) => write(2, text),
}).then((code) => process.exit(code));
