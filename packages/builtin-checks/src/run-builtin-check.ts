import type { BuiltinCall, BuiltinCheck, BuiltinResult } from "./builtin-check.ts";

/**
 * Runs a check that uses HTTP; its code is loaded at its first call.
 *
 * @throws an `Error` with a `code` of a resource shortage if the machine is the cause
 */
export async function runBuiltinCheck(
  name: Exclude<BuiltinCheck, "check_dummy">,
  call: BuiltinCall,
): Promise<BuiltinResult> {
  if (name === "check_nsc_web") return (await import("./check-nsc-web.ts")).checkNscWeb(call);
  return (await import("./check-prometheus.ts")).checkPrometheus(call);
}
