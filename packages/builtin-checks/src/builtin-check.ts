export type BuiltinCheck = "check_dummy" | "check_nsc_web" | "check_prometheus";

/** Enabled built-in checks; `negate` is a wrapper around another command, not a check. */
export interface EnabledChecks {
  readonly negate: boolean;
  readonly checkDummy: boolean;
  readonly checkNscWeb: boolean;
  readonly checkPrometheus: boolean;
}

export interface BuiltinCall {
  /** Arguments without the program itself. */
  readonly args: readonly Buffer[];
  /** Assignments before the command; the environment of the worker is never read. */
  readonly env: readonly (readonly [Buffer, Buffer])[];
  /** Ends the check: its time is up or the worker stops. Its result is ignored from then on. */
  readonly signal: AbortSignal;
}

/** Exit code and output of the plugin that it replaces. */
export interface BuiltinResult {
  /** Any integer; the caller reduces it to 0–3. */
  readonly returnCode: number;
  readonly output: Buffer;
}

/** `description` of the metrics. Source: worker.md 8.3. */
export const BUILTIN_DESCRIPTIONS: Readonly<Record<BuiltinCheck, string>> = {
  check_dummy: "InternalCheckDummy",
  check_nsc_web: "InternalCheckNSCWeb",
  check_prometheus: "internalCheckPrometheus",
};

const SLASH = 0x2f;

/** The enabled check of a program whose path ends with a slash and its name. */
export function builtinCheckOf(program: Buffer, enabled: EnabledChecks): BuiltinCheck | undefined {
  const name = fileNameOf(program);
  if (name === "check_dummy") return enabled.checkDummy ? name : undefined;
  if (name === "check_nsc_web") return enabled.checkNscWeb ? name : undefined;
  if (name === "check_prometheus") return enabled.checkPrometheus ? name : undefined;
  return undefined;
}

/** The text after the last slash; undefined without a slash. */
export function fileNameOf(program: Buffer): string | undefined {
  const slash = program.lastIndexOf(SLASH);
  return slash < 0 ? undefined : program.toString("latin1", slash + 1);
}
