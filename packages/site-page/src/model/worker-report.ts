import type { WorkerReport } from "./parts.ts";

/** Payload of a job for a status queue that asks for a report; a worker that does not know it answers with its usual line. */
export const REPORT_REQUEST = "report";

const LINE = /^.{0,255}? has (\d{1,9}) worker and is working on (\d{1,9}) jobs\. Version: (\S{1,64})/s;
const COUNTS = ["slots", "busy", "unsentResults", "undecodable"] as const;
const MEASURES = ["load", "undecodableSeconds", "lastJobSeconds"] as const;
const MOST_VERSION = 64;

/**
 * Reads the answer of a status queue: JSON of a worker of ours, or the line of every worker. Any client that takes jobs of that queue may have written
 * it, so nothing but numbers, a version and a flag is used. Source: worker.md 8.1.
 */
export function parseReport(answer: Buffer): WorkerReport | undefined {
  const text = answer.toString("latin1");
  if (text.startsWith("{")) return parseJson(text);
  const [, slots, busy, version] = LINE.exec(text) ?? [];
  if (slots === undefined) return undefined;
  return { slots: Number(slots), busy: Number(busy), version: (version ?? "").replace(/\|.*/, "") };
}

function parseJson(text: string): WorkerReport | undefined {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return undefined;
  }
  const fields = Object(given) as Record<string, unknown>;
  const report: Record<string, unknown> = {};
  for (const name of COUNTS) if (isMeasure(fields[name])) report[name] = Math.floor(fields[name]);
  for (const name of MEASURES) if (isMeasure(fields[name])) report[name] = fields[name];
  if (typeof fields.version === "string") report.version = fields.version.slice(0, MOST_VERSION);
  if (typeof fields.isDraining === "boolean") report.isDraining = fields.isDraining;
  return report;
}

function isMeasure(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}
