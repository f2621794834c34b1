// `pnpm bench NAME [args]`: runs a benchmark from source. Without a name it lists them.
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../bench/", import.meta.url));
const [name = "", ...args] = process.argv.slice(2);
const script = join(folder, `${name}.ts`);
if (!/^[\w-]+$/.test(name) || !existsSync(script)) {
  const names = readdirSync(folder).filter((file) => file.endsWith(".ts"));
  const list = names.map((file) => `  ${file.slice(0, -".ts".length)}`).join("\n");
  process.stderr.write(
    `usage: pnpm bench NAME [arguments]; what each measures is in bench/README.md\n${list}\n`,
  );
  process.exit(2);
}
const child = spawn(process.execPath, ["--conditions=source", script, ...args], { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.once("exit", (code, signal) => {
  process.exitCode = code ?? 128 + constants.signals[signal];
});
