import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { systemClock } from "@mod-gearman/base";
import { nodeFiles } from "@mod-gearman/config";
import type { Owner } from "@mod-gearman/enrolment";
import { refuseOldNode, runtimeName, terminalProgress } from "@mod-gearman/program";
import { run } from "./run.ts";
import { VERSION } from "./version.ts";

refuseOldNode(process, { prefix: "mod_gearman_enroll: ", output: "stderr", exitCode: 1 });
process.title = "mod_gearman_enroll"; // the arguments may hold a ticket
process.umask(0o077);
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

function userNamed(name: string): Owner | undefined {
  const id = (letter: string): number =>
    Number(
      execFileSync("id", [letter, "--", name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
    );
  try {
    return { uid: id("-u"), gid: id("-g") };
  } catch {
    return undefined;
  }
}

async function readInput(): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("latin1");
}

void run({
  argv: process.argv.slice(2),
  files: { ...nodeFiles, userId: process.geteuid?.(), env: process.env },
  version: VERSION,
  runtime: runtimeName(process.versions),
  hostName: hostname(),
  workingFolder: process.cwd(),
  userId: process.geteuid?.() ?? -1,
  clock: systemClock,
  nowMs: () => Date.now(),
  random: randomBytes,
  readInput,
  userNamed,
  progress: () =>
    terminalProgress(
      { stderr: process.stderr, env: process.env },
      (text) => process.stderr.write(text),
      systemClock,
    ),
  print: (line) => process.stdout.write(`${line}\n`),
  printError: (line) => process.stderr.write(`${line}\n`),
}).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(
      `mod_gearman_enroll: internal error: ${error instanceof Error ? error.stack : error}\n`,
      () => process.exit(1),
    );
  },
);
