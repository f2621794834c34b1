import { statSync } from "node:fs";
import { readRegularFile } from "@mod-gearman/base";

const OTHERS = 0o077;
const MOST_BYTES = 4096;
const SHORTEST = 16;
const LONGEST = 512;

/**
 * The token of the page, the first line of a file that only its owner may read.
 *
 * @throws Error with a reason for the log; it never contains the token
 */
export function readTokenFile(path: string): string {
  const { mode } = statSync(path);
  if ((mode & OTHERS) !== 0) throw new Error(`${path} may be read by others, mode 0600 is needed`);
  const [line = ""] = readRegularFile(path, MOST_BYTES, { links: "follow" }).toString("utf8").split("\n", 1);
  const token = line.trim();
  if (!/^[\x21-\x7e]*$/.test(token))
    throw new Error(`the token in ${path} has blanks or characters that are not ASCII`);
  if (token.length < SHORTEST || token.length > LONGEST)
    throw new Error(`the token in ${path} must have ${SHORTEST} to ${LONGEST} characters`);
  return token;
}
