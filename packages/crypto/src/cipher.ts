/** Of all payloads. Source: wire-format.md 2. Internal to the package. */
export const ALGORITHM = "aes-256-ecb";
/** Internal to the package. */
export const BLOCK_BYTES = 16;

/**
 * Padded size of `bytes` plain text, terminating NUL counted. A multiple of 16 gets a whole extra block, except
 * 16 itself: the modulo's operands are swapped in `mod_gearman: common/gm_crypt.c`, and receivers rely on a NUL.
 * Internal to the package.
 */
export function paddedBytes(bytes: number): number {
  if (bytes === BLOCK_BYTES) return BLOCK_BYTES;
  return (Math.floor(bytes / BLOCK_BYTES) + 1) * BLOCK_BYTES;
}

/** A copy of `text` with its padding of NUL. Internal to the package. */
export function padded(text: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(paddedBytes(text.length + 1));
  bytes.set(text, 0);
  bytes.fill(0, text.length);
  return bytes;
}
