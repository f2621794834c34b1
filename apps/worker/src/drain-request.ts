import type { Settings } from "./settings.ts";

const WORD = Buffer.from("drain");
/** Longest drain request: the sealed word and line ends. */
const MAX_BYTES = 64;

/**
 * Whether a job on the status queue is a drain request and is allowed. Any client of the job server can submit one, so it
 * must be sealed with the key unless `allow_drain_job` permits clear text. A worker that takes sealed jobs of version 2 only does
 * not rely on that key: with it, or with a copy of a former request, all workers can be stopped.
 */
export function readDrainRequest(
  data: Buffer,
  { options, envelope, sealed }: Settings,
): "no" | "allowed" | "refused" {
  if (data.equals(WORD)) return options.allowDrainJob ? "allowed" : "refused";
  if (!options.encryption || data.length > MAX_BYTES) return "no";
  try {
    if (!envelope.open(data).equals(WORD)) return "no";
    return sealed === undefined || sealed.takesLegacy || options.allowDrainJob ? "allowed" : "refused";
  } catch {
    return "no"; // a status request is clear text, not an envelope
  }
}

/** Why a request was refused, for the log. */
export function refusedDrainText({ sealed }: Pick<Settings, "sealed">): string {
  const why =
    sealed?.takesLegacy === false ? "this worker takes sealed jobs only" : "the job was not encrypted";
  return `drain job refused: allow_drain_job is off and ${why}`;
}
