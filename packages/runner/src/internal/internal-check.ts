/** The checks that can run inside this process. */
export type InternalCheck = "check_dummy" | "check_nsc_web" | "check_prometheus";

/** Which ones do; `negate` is none by itself, it changes the result of another command. */
export interface InternalChecks {
  readonly negate: boolean;
  readonly checkDummy: boolean;
  readonly checkNscWeb: boolean;
  readonly checkPrometheus: boolean;
}

/** One call of a check. */
export interface InternalCall {
  /** Arguments without the program itself. */
  readonly args: readonly Buffer[];
  /** Assignments in front of the command; the environment of the worker is never looked at. */
  readonly env: readonly (readonly [Buffer, Buffer])[];
  /** Ends the check: time is up or the worker stops. What the check answers then is thrown away. */
  readonly signal: AbortSignal;
}

/** What a plugin would have exited with and printed. */
export interface InternalResult {
  readonly returnCode: number;
  readonly output: Buffer;
}

/** `description` of the metrics. Source: worker.md 8.3. */
export const INTERNAL_DESCRIPTIONS: Readonly<Record<InternalCheck, string>> = {
  check_dummy: "InternalCheckDummy",
  check_nsc_web: "InternalCheckNSCWeb",
  check_prometheus: "internalCheckPrometheus",
};

const NAMES: Readonly<Record<string, InternalCheck>> = {
  check_dummy: "check_dummy",
  check_nsc_web: "check_nsc_web",
  check_prometheus: "check_prometheus",
};
const SLASH = 0x2f;

/** The internal check of a program whose path ends with a slash and its name, when it is enabled. */
export function internalCheckOf(program: Buffer, enabled: InternalChecks): InternalCheck | undefined {
  const name = fileNameOf(program);
  const check = name !== undefined && Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
  if (check === "check_dummy") return enabled.checkDummy ? check : undefined;
  if (check === "check_nsc_web") return enabled.checkNscWeb ? check : undefined;
  return enabled.checkPrometheus ? check : undefined;
}

/** What follows the last slash; undefined without a slash. */
export function fileNameOf(program: Buffer): string | undefined {
  const slash = program.lastIndexOf(SLASH);
  return slash < 0 ? undefined : program.toString("latin1", slash + 1);
}
