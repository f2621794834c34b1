import type { Envelope } from "@mod-gearman/crypto";
import { type ParsedJob, parseJob } from "@mod-gearman/payload";
import { ARGUMENT_LIMIT } from "@mod-gearman/runner";
import type { JobToken } from "./taken-jobs.ts";

/** Seals the results of jobs that came sealed. */
export interface ResultSealer {
  /** The payload of a result for this queue. */
  seal(queue: Buffer, text: Buffer): Buffer;
}

/** A decoded job; with `refused`, the reason why it must not be run, its command line may be cut. */
export interface ReadJob {
  readonly job: ParsedJob;
  readonly refused?: string;
  /** Version 2, if the job came in it: so does its result. */
  readonly sealed?: ResultSealer;
  /** Of a sealed job. */
  readonly token?: JobToken;
}

const KIB = 1024;
/** Base64 of 48 bytes, three cipher blocks: payloads can be cut at multiples of it. */
const PIECE_CHARACTERS = 64;
const HEAD_CHARACTERS = 64 * KIB;
/** Limit for the fields in front of a command line. */
const OTHER_FIELDS_BYTES = 64 * KIB;
/** Notifications contain two texts of at most 10 MiB, of which the first 128 KiB are used. */
const NOTIFICATION_TEXTS_BYTES = 20 * KIB * KIB;
const IGNORED = /[\t\n\r ]/g;

/**
 * Reads the payload of a job. If it is longer than a command line may be, only its head is deciphered, which contains all
 * fields that its result needs: deciphering and splitting the whole payload would delay other jobs (D28).
 *
 * @param limit ARG_MAX
 * @throws CryptoError, PayloadError as {@link Envelope.open} and {@link parseJob}
 */
export function readJob(data: Buffer, envelope: Envelope, limit: number = ARGUMENT_LIMIT): ReadJob {
  const most = limit + OTHER_FIELDS_BYTES;
  const textBytes = Math.floor(data.length / 4) * 3;
  if (textBytes <= most) return { job: parseJob(envelope.open(data)) };
  const { job } = readJobHead(data, envelope);
  const isNotification = job.kind === "notification" && textBytes <= most + NOTIFICATION_TEXTS_BYTES;
  if (isNotification) return { job: parseJob(envelope.open(data)) };
  return {
    job,
    refused: `job of ${textBytes} bytes is too long, this system takes command lines of ${limit}`,
  };
}

/** Reads the fields in front of the command line, which may be cut. @throws as {@link readJob} */
export function readJobHead(data: Buffer, envelope: Envelope): ReadJob {
  return { job: parseJob(envelope.open(data.length <= HEAD_CHARACTERS ? data : headOf(data))) };
}

function headOf(data: Buffer): Buffer {
  const text = data.toString("latin1", 0, HEAD_CHARACTERS).replace(IGNORED, "");
  return Buffer.from(text.slice(0, text.length - (text.length % PIECE_CHARACTERS)), "latin1");
}
