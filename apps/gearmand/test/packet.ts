/** Packet numbers. Source: job-server.md 1.2. */
export const PACKET = {
  CAN_DO: 1,
  SUBMIT_JOB: 7,
  GRAB_JOB: 9,
  WORK_COMPLETE: 13,
  ECHO_REQ: 16,
  SUBMIT_JOB_BG: 18,
  SET_CLIENT_ID: 22,
} as const;

/** A request as bytes; strings are latin1. */
export function packet(type: number, ...args: readonly (string | Buffer)[]): Buffer {
  const parts = args.map((arg) => (typeof arg === "string" ? Buffer.from(arg, "latin1") : arg));
  const body = Buffer.concat(parts.flatMap((part, at) => (at === 0 ? [part] : [Buffer.from([0]), part])));
  const head = Buffer.from("\0REQ\0\0\0\0\0\0\0\0", "latin1");
  head.writeUInt32BE(type, 4);
  head.writeUInt32BE(body.length, 8);
  return Buffer.concat([head, body]);
}
