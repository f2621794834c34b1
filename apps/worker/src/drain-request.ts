import type { Settings } from "./settings.ts";

const WORD = Buffer.from("drain");
/** Longest drain request: the sealed word and line ends. */
const MAX_BYTES = 64;

/**
 * Whether a job on the status queue is a drain request and is allowed. Any client of the job server can submit one, so it
 * must be sealed with the key unless `allow_drain_job` permits clear text.
 */
export function readDrainRequest(
  data: Buffer,
  { options, envelope }: Settings,
): "no" | "allowed" | "refused" {
  if (data.equals(WORD)) return options.allowDrainJob ? "allowed" : "refused";
  if (!options.encryption || data.length > MAX_BYTES) return "no";
  try {
    return envelope.open(data).equals(WORD) ? "allowed" : "no";
  } catch {
    return "no"; // a status request is clear text, not an envelope
  }
}
