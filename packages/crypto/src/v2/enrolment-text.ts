import { isIdentityName } from "./key-file.ts";
import { MAX_QUEUE_BYTES } from "./key-schedule.ts";
import { REFUSAL_REASONS, type RefusalReason, refusalText } from "./refusal.ts";
import { PUBLIC_KEY_BYTES } from "./ticket-keys.ts";

/** Why a request for keys is refused: the list of envelope-v2.md 6, and reasons that only tickets have. */
export type EnrolRefusal = RefusalReason | keyof typeof ownReasons;

const ownReasons = {
  EXPIRED: "the time of the ticket is over",
  REDEEMED: "the ticket has been redeemed before",
  TOO_MANY: "more requests came than are looked at",
} as const;

/** All of them. */
export const ENROL_REFUSALS = [
  ...REFUSAL_REASONS,
  ...(Object.keys(ownReasons) as (keyof typeof ownReasons)[]),
] as const satisfies readonly EnrolRefusal[];

/** One line for a log, without the reason's name; contains nothing of the message. */
export function enrolRefusalText(reason: EnrolRefusal): string {
  return reason in ownReasons
    ? ownReasons[reason as keyof typeof ownReasons]
    : refusalText(reason as RefusalReason);
}

/**
 * What is asked for. `redeem`: keys for a ticket. `renew`: the keys of the identity that asks, of all epochs. `test`: a sealed job
 * of each of its queues. `tested`: how many of their results are missing.
 */
export interface EnrolRequest {
  readonly kind: "redeem" | "renew" | "test" | "tested";
  /** Name of the machine, for log and list. */
  readonly host: string;
  /** Of `redeem`: X25519 key of this request alone. */
  readonly publicKey?: Buffer;
}

export interface EnrolAnswer {
  /** The request that is answered: its boot id and counter. */
  readonly request: string;
  readonly status: "OK" | EnrolRefusal;
  /** Of an identity: its file. */
  readonly file?: Buffer;
  /** Where results go. */
  readonly resultQueue?: Buffer;
  /** Form of the bridge. */
  readonly envelope?: "both" | "v2";
  /** Sealed jobs of a test. */
  readonly jobs?: readonly { readonly queue: Buffer; readonly data: Buffer }[];
  /** Results of the test that have not come. */
  readonly missing?: number;
}

/** Longest text of a request, bytes. */
export const MAX_REQUEST_BYTES = 1024;
/** Longest text of an answer: the file of a worker of a thousand queues and 16 epochs is less. */
export const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

const KINDS = ["redeem", "renew", "test", "tested"] as const;
const STATUSES: readonly string[] = ["OK", ...ENROL_REFUSALS];
const REQUEST_ID = /^[0-9a-f]{32} [1-9][0-9]{0,15}$/;
const HEX = /^(?:[0-9a-f]{2})*$/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const MISSING = /^[0-9]{1,6}$/;
const HOST_CHARACTERS = 128;

/** The name of a request in its answer. */
export function requestId({
  bootId,
  counter,
}: {
  readonly bootId: Buffer;
  readonly counter: number;
}): string {
  return `${bootId.toString("hex")} ${counter}`;
}

/** A name of a machine as a request takes it: what else it holds becomes `_`. */
export function requestHost(name: string): string {
  const host = name.replace(/[^A-Za-z0-9._@-]/g, "_").slice(0, HOST_CHARACTERS);
  return isIdentityName(host) ? host : "unknown";
}

/** Source: envelope-v2.md 12. */
export function printEnrolRequest({ kind, host, publicKey }: EnrolRequest): Buffer {
  const key = publicKey === undefined ? "" : `public=${publicKey.toString("hex")}\n`;
  return Buffer.from(`type=${kind}\nhost=${host}\n${key}`, "latin1");
}

/** @returns undefined for a text that is no request */
export function parseEnrolRequest(text: Buffer): EnrolRequest | undefined {
  const fields = fieldsOf(text, ["type", "host", "public"]);
  const kind = KINDS.find((one) => one === fields?.get("type"));
  const host = fields?.get("host");
  const hex = fields?.get("public");
  if (kind === undefined || host === undefined || !isIdentityName(host)) return undefined;
  if ((kind === "redeem") !== (hex !== undefined)) return undefined;
  if (hex === undefined) return { kind, host };
  return HEX.test(hex) && hex.length === 2 * PUBLIC_KEY_BYTES
    ? { kind, host, publicKey: Buffer.from(hex, "hex") }
    : undefined;
}

/** Source: envelope-v2.md 12. */
export function printEnrolAnswer(answer: EnrolAnswer): Buffer {
  const { request, status, file, resultQueue, envelope, jobs = [], missing } = answer;
  const lines = [
    `request=${request}`,
    `status=${status}`,
    ...(envelope === undefined ? [] : [`envelope=${envelope}`]),
    ...(resultQueue === undefined ? [] : [`result_queue=${resultQueue.toString("base64")}`]),
    ...(missing === undefined ? [] : [`missing=${missing}`]),
    ...(file === undefined ? [] : [`file=${file.toString("base64")}`]),
    ...jobs.map(({ queue, data }) => `job=${queue.toString("base64")} ${data.toString("base64")}`),
  ];
  return Buffer.from(`${lines.join("\n")}\n`, "latin1");
}

/** @returns undefined for a text that is no answer */
export function parseEnrolAnswer(text: Buffer): EnrolAnswer | undefined {
  const jobs: { queue: Buffer; data: Buffer }[] = [];
  const isGood = (words: string): boolean => {
    const [queue = "", data = "", ...others] = words.split(" ");
    const name = bytesOf(queue);
    const job = bytesOf(data);
    if (others.length > 0 || name === undefined || job === undefined) return false;
    if (name.length === 0 || name.length > MAX_QUEUE_BYTES) return false;
    return jobs.push({ queue: name, data: job }) > 0;
  };
  const fields = fieldsOf(
    text,
    ["request", "status", "envelope", "result_queue", "missing", "file"],
    (key, value) => key === "job" && isGood(value),
  );
  const [request, status] = [fields?.get("request"), fields?.get("status")];
  if (fields === undefined || request === undefined || !REQUEST_ID.test(request)) return undefined;
  if (status === undefined || !STATUSES.includes(status)) return undefined;
  const rest = optionalFields(fields);
  return rest && { request, status: status as EnrolAnswer["status"], jobs, ...rest };
}

function optionalFields(fields: ReadonlyMap<string, string>): Partial<EnrolAnswer> | undefined {
  const [envelope, missing] = [fields.get("envelope"), fields.get("missing")];
  const [resultQueue, file] = [bytesOf(fields.get("result_queue") ?? ""), bytesOf(fields.get("file") ?? "")];
  if (missing !== undefined && !MISSING.test(missing)) return undefined;
  if (resultQueue === undefined || file === undefined) return undefined;
  const found: { -readonly [K in keyof EnrolAnswer]?: EnrolAnswer[K] } = {};
  if (envelope === "both" || envelope === "v2") found.envelope = envelope;
  else if (envelope !== undefined) return undefined;
  if (missing !== undefined) found.missing = Number(missing);
  if (fields.has("result_queue")) found.resultQueue = resultQueue;
  if (fields.has("file")) found.file = file;
  return found;
}

/** @returns undefined for text that is not base64 as it is printed here */
function bytesOf(text: string): Buffer | undefined {
  return text.length % 4 === 0 && BASE64.test(text) ? Buffer.from(text, "base64") : undefined;
}

/**
 * Lines `key=value`, each with LF, each key once.
 *
 * @param takes other lines @returns undefined for any other text
 */
function fieldsOf(
  text: Buffer,
  keys: readonly string[],
  takes: (key: string, value: string) => boolean = () => false,
): Map<string, string> | undefined {
  const lines = text.toString("latin1").split("\n");
  if (lines.pop() !== "") return undefined;
  const fields = new Map<string, string>();
  for (const line of lines) {
    const equals = line.indexOf("=");
    const [key, value] = [line.slice(0, Math.max(equals, 0)), line.slice(equals + 1)];
    if (takes(key, value)) continue;
    if (!keys.includes(key) || fields.has(key)) return undefined;
    fields.set(key, value);
  }
  return fields;
}
