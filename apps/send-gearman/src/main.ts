import { createReadStream, fstatSync, readdirSync, readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { type StoreAccess, systemClock } from "@mod-gearman/client";
import { fileAccess, rawArguments } from "@mod-gearman/config";
import { run } from "./run.ts";
import { VERSION } from "./version.ts";

/** Whoever read our output may have gone: that is no reason to stop sending. */
function write(stream: NodeJS.WriteStream, text: string): void {
  if (stream.listenerCount("error") === 0) stream.on("error", () => undefined);
  stream.write(text);
}

const printError = (line: string): void => write(process.stderr, `${line}\n`);

/** Standard input of a folder would be an empty stream, and not the mistake it is. */
function input(): Readable {
  return fstatSync(0).isDirectory() ? createReadStream("", { fd: 0 }) : process.stdin;
}

/** The spool is loaded when it is needed. */
function store(folder: string, maxBytes: number): StoreAccess {
  return {
    hasRecords: () => {
      try {
        return readdirSync(folder).some((name) => name.endsWith(".spool"));
      } catch {
        return false; // opening tells what is wrong with it
      }
    },
    open: async () => {
      const { openSpool } = await import("./open-spool.ts");
      return openSpool({ folder, maxBytes, logger: { warn: printError } });
    },
  };
}

const argv = rawArguments(process.argv.slice(2), () => readFileSync("/proc/self/cmdline"));
void run(argv, {
  files: fileAccess,
  input,
  print: (text) => write(process.stdout, text),
  printError,
  version: VERSION,
  runtime: `node ${process.version}`,
  nowMicros: () => BigInt(Date.now()) * 1000n,
  clock: systemClock,
  store,
  onStop: (stop) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
  },
}).then(end);

/** Sockets that are being closed, and an input nobody reads any more, must not delay the end. */
function end(code: number): void {
  process.exit(code);
}
