import type { Settings } from "./settings.ts";

const WORD = Buffer.from("drain");
/** The word sealed, and line ends: what is longer is something else. */
const MAX_BYTES = 64;

/**
 * Whether a job on the status queue asks for the drain, and whether it may. The bus is open to anybody who reaches the
 * job server, so the word counts when it was sealed with the key, or when `allow_drain_job` says that it may be clear.
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
    return "no"; // a status request is clear text, no envelope
  }
}
