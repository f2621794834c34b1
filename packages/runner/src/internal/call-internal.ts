import type { InternalCall, InternalCheck, InternalResult } from "./internal-check.ts";

/**
 * Calls a check that speaks HTTP; its code is loaded with its first call.
 *
 * @throws an `Error` with a `code` of a resource shortage when the machine is to blame
 */
export async function callInternal(
  name: Exclude<InternalCheck, "check_dummy">,
  call: InternalCall,
): Promise<InternalResult> {
  if (name === "check_nsc_web") return (await import("./check-nsc-web.ts")).checkNscWeb(call);
  return (await import("./check-prometheus.ts")).checkPrometheus(call);
}
