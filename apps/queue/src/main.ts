import { readFileSync } from "node:fs";
import { systemClock } from "@mod-gearman/base";
import { AdminConnection, dialTcp } from "@mod-gearman/client";
import { nodeFiles } from "@mod-gearman/config";
import { rawArguments, runtimeName, terminalProgress, wantsColours, writeWhole } from "@mod-gearman/program";
import { program } from "./program.ts";
import { VERSION } from "./version.ts";

const write = (handle: 1 | 2, text: string): void => writeWhole(handle, Buffer.from(text));

const { env, stdin, stdout, stderr } = process;

/** A reader that has gone is no error. */
process.on("SIGPIPE", () => undefined);

void program({
  argv: rawArguments(process.argv.slice(2), () => readFileSync("/proc/self/cmdline")),
  files: { ...nodeFiles, userId: process.geteuid?.(), env },
  version: VERSION,
  runtime: runtimeName(process.versions),
  query: (server, commands, options) => AdminConnection.query(server, commands, options),
  dial: dialTcp(),
  clock: systemClock,
  progress: () => terminalProgress({ stderr, env }, (text) => write(2, text), systemClock),
  columns: stdout.isTTY ? stdout.columns : undefined,
  hasColours: wantsColours(stdout, env),
  confirm: stdin.isTTY && stderr.isTTY ? confirm : undefined,
  stdout: (text) => write(1, text),
  stderr: (text) => write(2, text),
}).then(end, (error: unknown) => {
  write(2, `mod_gearman_queue: internal error: ${error instanceof Error ? error.stack : error}\n`);
  end(1);
});

/** A pending name look-up must not delay the end. */
function end(code: number): void {
  process.exit(code);
}

async function confirm(question: string): Promise<boolean> {
  const { createInterface } = await import("node:readline/promises");
  const lines = createInterface({ input: stdin, output: stderr });
  const closed = new Promise<string>((resolve) => lines.once("close", () => resolve("")));
  const answer = await Promise.race([lines.question(question), closed]);
  lines.close();
  return /^y(?:es)?$/i.test(answer.trim());
}
