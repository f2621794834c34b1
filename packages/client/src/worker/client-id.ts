/** What a job server keeps of a client id. Source: job-server.md 1.1. */
export const MAX_CLIENT_ID_BYTES = 127;

/**
 * Client id that says who is connected: `web1@mod_gearman_worker/0.1.0`. Blanks and control characters become `_`, since
 * scripts split lines of the table `workers` at blanks; `who` is cut where the id would be longer than 127 bytes.
 *
 * @param who of several workers this is, any bytes
 * @param program with version, ASCII: `mod_gearman_worker/0.1.0`
 */
export function clientIdOf(who: Buffer, program: string): Buffer {
  const suffix = Buffer.from(`@${program}`, "latin1");
  const name = Buffer.from(who.subarray(0, MAX_CLIENT_ID_BYTES - suffix.length)).map((byte) =>
    byte <= BLANK || byte === DELETE ? UNDERSCORE : byte,
  );
  return Buffer.concat([name, suffix]);
}

const BLANK = 0x20;
const DELETE = 0x7f;
const UNDERSCORE = 0x5f;
