import { ProtocolError } from "./errors.ts";
import { type Frame, HEADER_BYTES, MAX_BODY_BYTES, type Magic, writeHeader } from "./frame.ts";
import type { Packet } from "./packet.ts";
import { type Layout, layoutOf } from "./packet-layout.ts";
import { PacketType, packetName } from "./packet-type.ts";

/**
 * Header plus everything except opaque data must fit gearmand's buffer of this size; gearmand closes the
 * connection otherwise. Source: job-server.md 1.1 (measured).
 */
const ARGUMENT_AREA_BYTES = 8192;

/**
 * The bytes of one packet in one allocation, arguments joined by NUL in wire order.
 *
 * @throws ProtocolError NUL_IN_ARGUMENT if an argument except the last one contains a NUL (it would become
 * two), ARGUMENT_TOO_LONG if a server would close the connection, BODY_TOO_LARGE from 4 GiB on. Source:
 * job-server.md 1.1, 1.2.
 */
export function encodePacket(magic: Magic, packet: Packet): Buffer {
  const type = PacketType[packet.name];
  const layout = layoutOf(type) as Layout; // every name has a layout, see packet-layout.ts
  const values = packet as unknown as Readonly<Record<string, Buffer>>;
  const names = layout.arguments;
  const last = names.length - 1;
  let bodyBytes = Math.max(last, 0);
  for (const name of names) bodyBytes += (values[name] as Buffer).length;
  const data = layout.opaque ? (values[names[last] as string] as Buffer).length : 0;
  if (HEADER_BYTES + bodyBytes - data > ARGUMENT_AREA_BYTES)
    throw new ProtocolError("ARGUMENT_TOO_LONG", values[names[0] as string] as Buffer);
  if (bodyBytes > MAX_BODY_BYTES) throw new ProtocolError("BODY_TOO_LARGE", Buffer.alloc(0));
  const wire = writeHeader(Buffer.allocUnsafe(HEADER_BYTES + bodyBytes), magic, type, bodyBytes);
  let at = HEADER_BYTES;
  for (let i = 0; i <= last; i++) {
    const value = values[names[i] as string] as Buffer;
    wire.set(value, at);
    at += value.length;
    if (i === last) break;
    if (value.includes(0)) throw new ProtocolError("NUL_IN_ARGUMENT", value);
    wire[at++] = 0;
  }
  return wire;
}

/**
 * Assigns the arguments of a frame to their names, strictly inside its body: a missing NUL is an error and
 * never reads into the next packet. The last argument extends to the end of the body. WORK_FAIL: one trailing
 * NUL of the handle is removed, because gearmand turns a WORK_EXCEPTION into a WORK_FAIL with that NUL in it
 * (job-server.md 2.6).
 *
 * @throws ProtocolError UNKNOWN_TYPE (0, 5, above 42), MISSING_ARGUMENT, ARGUMENT_TOO_LONG. Source:
 * job-server.md 1.1, 1.2, decision X2.
 */
export function decodePacket(frame: Frame): Packet {
  const { type, body } = frame;
  const name = packetName(type);
  const layout = layoutOf(type);
  if (name === undefined || layout === undefined) throw new ProtocolError("UNKNOWN_TYPE", headOf(frame));
  const packet: Record<string, unknown> = { name };
  const names = layout.arguments;
  const last = names.length - 1;
  let at = 0;
  for (let i = 0; i < last; i++) {
    const nul = body.indexOf(0, at);
    if (nul === -1) throw new ProtocolError("MISSING_ARGUMENT", headOf(frame));
    packet[names[i] as string] = body.subarray(at, nul);
    at = nul + 1;
  }
  if (last >= 0) {
    if (HEADER_BYTES + (layout.opaque ? at : body.length) > ARGUMENT_AREA_BYTES)
      throw new ProtocolError("ARGUMENT_TOO_LONG", headOf(frame));
    const cut = type === PacketType.WORK_FAIL && body.at(-1) === 0 ? 1 : 0;
    packet[names[last] as string] = body.subarray(at, body.length - cut);
  }
  return packet as unknown as Packet;
}

function headOf(frame: Frame): Buffer {
  return writeHeader(Buffer.alloc(HEADER_BYTES), frame.magic, frame.type, frame.body.length);
}
