import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** The golden file `vectors/<name>.json` of the repository. */
export function loadVectors<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../../vectors/${name}.json`, import.meta.url), "utf8")) as T;
}

/** Bytes of a base64 field. */
export const base64 = (text: string): Buffer => Buffer.from(text, "base64");

/** Bytes of a text whose characters are bytes. */
export const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");

/**
 * `key=value` lines of a text, parsed independently of the parser: no stop rule, no trimming, values as latin1 strings.
 */
export function plainLines(text: Buffer): Map<string, string> {
  const lines = text.toString("latin1").split("\n");
  return new Map(
    lines
      .filter((line) => line.includes("="))
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}

/** Microseconds of a time with exactly six decimals. */
export const micros = (text: string): bigint => BigInt(text.replace(".", ""));

/** One row of `neb-jobs.json`; `plaintext` is base64. */
export interface JobRow {
  readonly run: "r1" | "r2";
  readonly kind: string;
  readonly queue: string;
  readonly unique: string;
  readonly uniqueKind: "md5" | "generated-uuid";
  readonly uniqueSource?: string;
  readonly plaintext: string;
}

/** Captured jobs whose text is `key=value` lines. */
export const jobRows = loadVectors<{ cases: JobRow[] }>("neb-jobs").cases.filter((row) =>
  ["host", "service", "eventhandler", "notification"].includes(row.kind),
);

interface CapturedText {
  readonly plaintext?: string;
  readonly plaintextStart?: string;
  readonly plaintextEnd?: string;
  readonly plaintextLength?: number;
  readonly plaintextSha256?: string;
}

/**
 * The text of one sent job. Of long ones the vectors contain both ends and a digest; in between one byte is repeated.
 */
function capturedText(job: CapturedText): Buffer {
  if (job.plaintext !== undefined) return base64(job.plaintext);
  const [start, end] = [base64(job.plaintextStart ?? ""), base64(job.plaintextEnd ?? "")];
  const middle = Buffer.alloc((job.plaintextLength ?? 0) - start.length - end.length, end[0]);
  const text = Buffer.concat([start, middle, end]);
  const digest = createHash("sha256").update(text).digest("hex");
  if (digest !== job.plaintextSha256) throw new Error("a long text is not what was captured");
  return text;
}

/** The results one sender sent in its captures, those to duplicate servers included. */
export function senderTexts(file: "send_gearman" | "send_multi" | "send_gearman_perl") {
  interface Row {
    readonly id?: string;
    readonly jobs?: readonly CapturedText[];
    readonly dupserverJobs?: readonly CapturedText[];
  }
  return loadVectors<{ cases: Row[] }>(file).cases.flatMap((row, at) =>
    [...(row.jobs ?? []), ...(row.dupserverJobs ?? [])].map((job, number) => ({
      name: `${file} ${row.id ?? at} job ${number + 1}`,
      text: capturedText(job),
    })),
  );
}
