import { scryptSync } from "node:crypto";
import { keyBytes } from "@mod-gearman/crypto";

/** Whether a warning of a loader is about a key, by its words. */
export function isAboutKey(warning: string): boolean {
  return /\bkeys?\b|keyfile|password/i.test(warning);
}

const SALT = "mod_gearman_doctor key fingerprint";
const FINGERPRINT_BYTES = 5;

/**
 * Short text that is equal for equal keys, to compare machines. It is slow to compute and too short to find a key by: a
 * million passwords share each of them.
 *
 * @param key password as configured; only its first 32 bytes count
 */
export function fingerprint(key: Buffer): string {
  const hash = scryptSync(keyBytes(key), SALT, FINGERPRINT_BYTES, { N: 16_384, r: 8, p: 1 });
  return hash.toString("hex");
}
