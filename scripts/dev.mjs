// `pnpm dev NAME [args]`: runs a program from source, in the caller's folder, and restarts it when a file that it has
// loaded changes. Without a name it lists the programs.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";
import { findProgram, programs } from "./programs.mjs";

const [name, ...args] = process.argv.slice(2);
const program = findProgram(name ?? "");
if (program === undefined) {
  const names = programs().map(({ app, command }) => `  ${app.padEnd(14)} ${command}`);
  process.stderr.write(`usage: pnpm dev NAME [arguments of the program]\n${names.join("\n")}\n`);
  process.exit(2);
}
const hooks = fileURLToPath(new URL("tsx-hooks.mjs", import.meta.url));
const flags = ["--watch", "--watch-preserve-output", "--conditions=source", `--import=${hooks}`];
const child = spawn(process.execPath, [...flags, program.main, ...args], {
  stdio: "inherit",
  cwd: process.env.INIT_CWD ?? process.cwd(),
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.once("exit", (code, signal) => {
  process.exitCode = code ?? 128 + constants.signals[signal];
});
