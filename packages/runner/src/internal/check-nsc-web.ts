import type { InternalCall, InternalResult } from "./internal-check.ts";
export async function checkNscWeb(_call: InternalCall): Promise<InternalResult> {
  throw new Error("not yet");
}
