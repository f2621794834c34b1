import { isUtf8 } from "node:buffer";
import { accessSync, constants, statSync } from "node:fs";
import { join } from "node:path";
import type { PluginCommand } from "@mod-gearman/addon";
import { shellLineOf } from "./plugin-command.ts";
import { type EnvOverlay, evalArguments, execLine, withExports } from "./raw-bytes.ts";
import { SpawnError } from "./spawner.ts";

export type BaseEnv = Readonly<Record<string, string | undefined>>;

/** The arguments of `child_process.spawn`. */
export interface NodeCommand {
  readonly file: string;
  readonly argv0: string;
  readonly args: readonly string[];
  readonly env: Record<string, string | undefined>;
}

const SHELL = "/bin/sh";

/** @throws SpawnError EINVAL for NUL bytes and empty names, ENOENT and EACCES from the search in PATH. */
export function toNodeCommand(
  { argv, env: entries }: Pick<PluginCommand, "argv" | "env">,
  base: BaseEnv,
): NodeCommand {
  const env = entries.map(splitEntry);
  const line = shellLineOf(argv);
  if (line !== undefined) return shellCommand(line, env, base);
  const [name, ...rest] = argv;
  if (name === undefined || name.length === 0) throw new SpawnError("EINVAL", "empty command");
  // libuv searches in the PATH of the child; a prefix of the command must not affect that search (worker.md
  // 4.3)
  const file = env.some(([key]) => key.equals(PATH))
    ? findProgram(name.toString(), base.PATH ?? "")
    : name.toString();
  if (![...argv, ...env.map(([, value]) => value)].every((bytes) => isUtf8(bytes))) {
    const program = isUtf8(name) ? Buffer.from(file) : name;
    return shellCommand(execLine([program, ...rest]), env, base);
  }
  return { file, argv0: name.toString(), args: rest.map((word) => word.toString()), env: overlay(base, env) };
}

const PATH = Buffer.from("PATH");

function splitEntry(entry: Buffer): readonly [Buffer, Buffer] {
  const at = entry.indexOf("=");
  return [entry.subarray(0, at), entry.subarray(at + 1)];
}

function shellCommand(line: Buffer, env: EnvOverlay, base: BaseEnv): NodeCommand {
  const foreign = env.filter(([, value]) => !isUtf8(value));
  const plain = env.filter(([, value]) => isUtf8(value));
  const whole = withExports(line, foreign);
  if (whole.includes(0)) throw new SpawnError("EINVAL", "command line contains a NUL byte");
  const args = isUtf8(whole) ? ["-c", whole.toString()] : evalArguments(SHELL, whole);
  return { file: SHELL, argv0: SHELL, args, env: overlay(base, plain) };
}

function overlay(base: BaseEnv, env: EnvOverlay): Record<string, string | undefined> {
  const merged: Record<string, string | undefined> = { ...base };
  for (const [name, value] of env) merged[name.toString("latin1")] = value.toString();
  return merged;
}

/** The file that execvp() would run. EACCES is reported only if no entry of the path can be executed. */
function findProgram(name: string, searchPath: string): string {
  if (name.includes("/")) return name;
  let errno = "ENOENT";
  for (const folder of searchPath.split(":")) {
    const path = join(folder === "" ? "." : folder, name);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return folder === "" ? `./${name}` : path;
      errno = "EACCES";
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EACCES") errno = "EACCES";
    }
  }
  throw new SpawnError(errno, errno === "EACCES" ? "permission denied" : "no such file or directory");
}
