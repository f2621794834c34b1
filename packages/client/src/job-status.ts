import type { ServerAddress } from "@mod-gearman/base";
import type { StatusPacket, StatusUniquePacket } from "@mod-gearman/protocol";

/** Status of a job on one server. A finished job is unknown: servers keep no history. */
export interface JobStatus {
  /** The server that answered. Only the server that accepted the job knows it. */
  readonly server: ServerAddress;
  readonly known: boolean;
  /** Assigned to a worker. */
  readonly running: boolean;
  /** Progress as the worker reported it, 0…2³²−1; 0 of 0 without a report. */
  readonly numerator: number;
  readonly denominator: number;
}

/** Status of a job that was looked up by its unique key. */
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

/** Decimal digits; anything else reads as 0, as on the server. */
function readNumber(text: Buffer): number {
  const digits = text.toString("latin1");
  return /^\d{1,15}$/.test(digits) ? Number(digits) : 0;
}
