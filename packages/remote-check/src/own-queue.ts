const MAX_HOST_CHARACTERS = 64;
const RANDOM_DIGITS = 3;

/**
 * The result queue of one run of a program: one of 4096 of this machine. So programs that run at the same time do not receive each
 * other's results, and killed ones leave a bounded number of names on a server.
 *
 * @param random begins with random hexadecimal digits
 */
export function ownQueue(program: string, hostName: string, random: string): Buffer {
  const host = hostName.replace(/[^\w.-]/g, "_").slice(0, MAX_HOST_CHARACTERS);
  return Buffer.from(`${program}_${host}_${random.slice(0, RANDOM_DIGITS)}`, "latin1");
}
