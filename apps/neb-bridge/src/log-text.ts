const MAX_NAME_BYTES = 200;

/** Bytes of the core or of a peer for a log line: decoded as UTF-8, invalid sequences become U+FFFD, cut at 200 bytes. */
export function shown(bytes: Buffer): string {
  return bytes.length <= MAX_NAME_BYTES
    ? bytes.toString("utf8")
    : `${bytes.toString("utf8", 0, MAX_NAME_BYTES)}…`;
}
