import type { ServerAddress } from "@mod-gearman/base";
import type { StatusPacket, StatusUniquePacket } from "@mod-gearman/protocol";
import type { JobStatus, UniqueJobStatus } from "../contract/job-status.ts";

/** Source: job-server.md 1.2, 2.8. Internal. */
export function readStatus(packet: StatusPacket, server: ServerAddress): JobStatus {
  return readCommon(packet, server);
}

/** Source: job-server.md 1.2, 2.8. Internal. */
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
