const MAX_HOST_CHARACTERS = 64;
/** With fewer, programs that run at the same time would meet: of 64 with three digits two in five times. */
const RANDOM_DIGITS = 6;

/**
 * The result queue of one run of a program: one of 16 million of this machine, so programs that run at the same time, or after one that was
 * killed, do not receive each other's results.
 *
 * @param random begins with random hexadecimal digits
 */
export function ownQueue(program: string, hostName: string, random: string): Buffer {
  const host = hostName.replace(/[^\w.-]/g, "_").slice(0, MAX_HOST_CHARACTERS);
  return Buffer.from(`${program}_${host}_${random.slice(0, RANDOM_DIGITS)}`, "latin1");
}
