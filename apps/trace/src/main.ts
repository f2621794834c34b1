import { closeSync, constants, fstatSync, readFileSync, writeSync } from "node:fs";
import { fetchPage } from "@mod-gearman/admin-http";
import { openFile, systemClock } from "@mod-gearman/base";
import { nodeFiles } from "@mod-gearman/config";
import { rawArguments, runtimeName, writeWhole } from "@mod-gearman/program";
import { program } from "./program.ts";
import { VERSION } from "./version.ts";

const write = (handle: 1 | 2, text: string): void => writeWhole(handle, Buffer.from(text));

/** Last resort for defects: the plugin reports UNKNOWN. */
process.on("uncaughtException", (error) => {
  write(1, `mod_gearman_trace UNKNOWN - internal error: ${error.message.split("\n")[0]}\n`);
  write(2, `${error.stack ?? error}\n`);
  process.exit(3);
});
process.on("SIGPIPE", () => undefined);

void program({
  argv: rawArguments(process.argv.slice(2), () => readFileSync("/proc/self/cmdline")),
  files: { ...nodeFiles, userId: process.geteuid?.(), env: process.env },
  version: VERSION,
  runtime: runtimeName(process.versions),
  clock: systemClock,
  nowMicros: () => BigInt(Date.now()) * 1000n,
  fetch: fetchPage,
  read,
  writePipe,
  siteFolder: process.env.OMD_ROOT,
  stdout: (text) => write(1, text),
  stderr: (text) => write(2, text),
}).then((code) => process.exit(code));

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}

/** A pipe without reader is an error, and so is a file: the core would never see the line. */
function writePipe(path: string, line: string): void {
  const handle = openFile(path, constants.O_WRONLY, { links: "follow", also: ["FIFO"] });
  try {
    if (!fstatSync(handle).isFIFO()) throw new Error("it is no named pipe");
    writeSync(handle, line);
  } finally {
    closeSync(handle);
  }
}
