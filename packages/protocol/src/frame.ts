import { ProtocolError } from "./errors.ts";

/** Magic 4 bytes, type and body size uint32 big endian each. Source: gearmand PROTOCOL, "Binary Packet". */
export const HEADER_BYTES = 12;

/** The largest body that a header can announce. Internal to the package. */
export const MAX_BODY_BYTES = 0xffffffff;

const REQ = 0x00524551;
const RES = 0x00524553;

/** Direction of a packet: REQ goes to the job server, RES comes from it. */
export type Magic = "REQ" | "RES";

/**
 * One packet, undecoded. `type` is 0…2³²−1. A decoded `body` is a view: of the chunk in which it arrived if
 * that contained all of it, else of a separate buffer. Copy what is to be retained for long, as the view
 * retains the whole chunk.
 */
export interface Frame {
  readonly magic: Magic;
  readonly type: number;
  readonly body: Buffer;
}

/** Internal to the package. */
export interface Header {
  readonly magic: Magic;
  readonly type: number;
  readonly bodyBytes: number;
}

/**
 * Reads the header at `at`; twelve bytes must be available.
 *
 * @throws ProtocolError BAD_MAGIC, BODY_TOO_LARGE
 */
export function readHeader(bytes: Buffer, at: number, maxBodyBytes: number): Header {
  const magic = bytes.readUInt32BE(at);
  if (magic !== REQ && magic !== RES) throw new ProtocolError("BAD_MAGIC", bytes.subarray(at));
  const bodyBytes = bytes.readUInt32BE(at + 8);
  if (bodyBytes > maxBodyBytes) throw new ProtocolError("BODY_TOO_LARGE", bytes.subarray(at));
  return { magic: magic === REQ ? "REQ" : "RES", type: bytes.readUInt32BE(at + 4), bodyBytes };
}

/** Fills the first twelve bytes of `wire`. Internal to the package. */
export function writeHeader(wire: Buffer, magic: Magic, type: number, bodyBytes: number): Buffer {
  wire.writeUInt32BE(magic === "REQ" ? REQ : RES, 0);
  wire.writeUInt32BE(type, 4);
  wire.writeUInt32BE(bodyBytes, 8);
  return wire;
}

/**
 * The bytes of one packet, in a new buffer.
 *
 * @throws ProtocolError BODY_TOO_LARGE for a body of 4 GiB and more, which the header cannot announce.
 * Source: job-server.md 1.1.
 */
export function encodeFrame(frame: Frame): Buffer {
  const { magic, type, body } = frame;
  if (body.length > MAX_BODY_BYTES) throw new ProtocolError("BODY_TOO_LARGE", body);
  const wire = writeHeader(Buffer.allocUnsafe(HEADER_BYTES + body.length), magic, type, body.length);
  wire.set(body, HEADER_BYTES);
  return wire;
}
