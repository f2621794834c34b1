import { execFileSync, spawn } from "node:child_process";
import { createWriteStream, type WriteStream } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "./test-context.ts";
import { tmpFolder } from "./tmp-folder.ts";

export interface TerminalProgram {
  /** Its standard input. */
  readonly input: WriteStream;
  /** What it has written, standard output too. */
  shown(): string;
}

/** Starts a program whose standard error is a terminal, which `script` makes; its standard output is none. */
export function startOnTerminal(context: TestContext, command: readonly string[]): TerminalProgram {
  const fifo = join(tmpFolder(context), "input");
  execFileSync("mkfifo", [fifo]);
  const program = command.map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["-qefc", `${program} <'${fifo}' | cat`, "/dev/null"]);
  context.onTestFinished(() => void child.kill("SIGKILL"));
  let shown = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      shown += chunk.toString();
    });
  return { input: createWriteStream(fifo), shown: () => shown };
}
