/** Packet numbers of the Gearman protocol. Source: job-server.md 1.2. */
export const PACKET = {
  CAN_DO: 1,
  SUBMIT_JOB: 7,
  PRE_SLEEP: 4,
  NOOP: 6,
  JOB_CREATED: 8,
  GRAB_JOB: 9,
  NO_JOB: 10,
  JOB_ASSIGN: 11,
  WORK_COMPLETE: 13,
  ECHO_REQ: 16,
  ECHO_RES: 17,
  SUBMIT_JOB_BG: 18,
  ERROR: 19,
  CAN_DO_TIMEOUT: 23,
  GRAB_JOB_UNIQ: 30,
  JOB_ASSIGN_UNIQ: 31,
  SUBMIT_JOB_HIGH_BG: 32,
  SUBMIT_JOB_LOW_BG: 34,
  SUBMIT_JOB_EPOCH: 36,
} as const;

/** Of every packet. */
export const HEADER_BYTES = 12;
const NUL = Buffer.from([0]);

/** A request as bytes, built without the code under test; strings are latin1. */
export function request(type: number, ...args: readonly (string | Buffer)[]): Buffer {
  const body = Buffer.concat(
    args.flatMap((arg, at) => [
      ...(at === 0 ? [] : [NUL]),
      Buffer.isBuffer(arg) ? arg : Buffer.from(arg, "latin1"),
    ]),
  );
  const head = Buffer.alloc(HEADER_BYTES);
  head.write("\0REQ", "latin1");
  head.writeUInt32BE(type, 4);
  head.writeUInt32BE(body.length, 8);
  return Buffer.concat([head, body]);
}

/** Calls `onPacket` with each packet of a stream, however it is cut. */
export class PacketReader {
  readonly #onPacket: (type: number, body: Buffer) => void;
  #held = Buffer.alloc(0);

  constructor(onPacket: (type: number, body: Buffer) => void) {
    this.#onPacket = onPacket;
  }

  push(chunk: Buffer): void {
    let rest = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    while (rest.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + rest.readUInt32BE(8);
      if (rest.length < end) break;
      this.#onPacket(rest.readUInt32BE(4), rest.subarray(HEADER_BYTES, end));
      rest = rest.subarray(end);
    }
    this.#held = Buffer.from(rest);
  }
}
