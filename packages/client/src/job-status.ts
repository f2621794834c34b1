import type { ServerAddress } from "@mod-gearman/base";
import type { StatusPacket, StatusUniquePacket } from "@mod-gearman/protocol";

/** What a server knows about a job. A finished job is unknown at once; servers keep no history. */
export interface JobStatus {
  /** The server that answered. Another one than that which took the job knows nothing of it. */
  readonly server: ServerAddress;
  readonly known: boolean;
  /** A worker holds it. */
  readonly running: boolean;
  /** Progress as the worker reported it, 0…2³²−1; 0 of 0 without a report. */
  readonly numerator: number;
  readonly denominator: number;
}

/** As {@link JobStatus}, found by its unique key. */
export interface UniqueJobStatus extends JobStatus {
  /** Clients attached in the foreground. */
  readonly clients: number;
}

/** Read the answer to GET_STATUS. Internal. Source: job-server.md 1.2, 2.8. */
export function readStatus(packet: StatusPacket, server: ServerAddress): JobStatus {
  return readCommon(packet, server);
}

/** Read the answer to GET_STATUS_UNIQUE. Internal. Source: job-server.md 1.2, 2.8. */
export function readUniqueStatus(packet: StatusUniquePacket, server: ServerAddress): UniqueJobStatus {
  return { ...readCommon(packet, server), clients: readNumber(packet.clients) };
}

function readCommon(packet: StatusPacket | StatusUniquePacket, server: ServerAddress): JobStatus {
  return {
    server,
    known: readNumber(packet.known) !== 0,
    running: readNumber(packet.running) !== 0,
    numerator: readNumber(packet.numerator),
    denominator: readNumber(packet.denominator),
  };
}

/** Decimal digits; anything else is 0, as for the server. */
function readNumber(text: Buffer): number {
  const digits = text.toString("latin1");
  return /^\d{1,15}$/.test(digits) ? Number(digits) : 0;
}
