import type { PluginCommand } from "@mod-gearman/addon";
import { refuseLength } from "./argument-limit.ts";
import type { RunRequest } from "./outcome.ts";
import { SpawnError } from "./spawner.ts";
import { type CommandPlan, tokenize } from "./tokenize.ts";

const DEFAULT_MAX_OUTPUT_BYTES = 10 * 1024 * 1024; // as the C worker, worker.md 4.5
const NO_ENV: readonly Buffer[] = [];
const EQUALS = Buffer.from("=");
const SHELL = Buffer.from("/bin/sh");
const DASH_C = Buffer.from("-c");

export function planOf(request: RunRequest): CommandPlan {
  const refused = refuseLength(request.commandLine);
  if (refused !== undefined) throw new SpawnError("E2BIG", refused);
  const plan = request.plan ?? tokenize(request.commandLine);
  if (plan.kind === "shell" && request.directOnly) throw new SpawnError("ENOEXEC", "command needs a shell");
  return plan;
}

/** The command for an engine; its assignments follow the environment of the request and take precedence. */
export function toPluginCommand(request: RunRequest, plan: CommandPlan): PluginCommand {
  const { timeoutMs, maxOutputBytes = DEFAULT_MAX_OUTPUT_BYTES, limits } = request;
  const argv = plan.kind === "exec" ? plan.argv : [SHELL, DASH_C, request.commandLine];
  const prefixes = plan.kind === "exec" ? plan.env : [];
  return { argv, env: envOf(request.env, prefixes), timeoutMs, maxOutputBytes, limits };
}

/** The line that the shell runs, if `argv` is that of {@link toPluginCommand} for a shell. */
export function shellLineOf(argv: PluginCommand["argv"]): Buffer | undefined {
  return argv[0] === SHELL ? argv[2] : undefined;
}

function envOf(
  env: RunRequest["env"],
  prefixes: readonly (readonly [Buffer, Buffer])[],
): PluginCommand["env"] {
  if (env === undefined && prefixes.length === 0) return NO_ENV;
  const own = Object.entries(env ?? {}).map(([name, value]) =>
    typeof value === "string"
      ? Buffer.from(`${name}=${value}`)
      : Buffer.concat([Buffer.from(name), EQUALS, value]),
  );
  return [...own, ...prefixes.map(([name, value]) => Buffer.concat([name, EQUALS, value]))];
}
