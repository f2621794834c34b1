import { fileURLToPath } from "node:url";

/** Text within the first five lines of the server's script, by which a worker recognises a `p1_file` as ours. */
export const EPN_MARKER = "mod-gearman-ts epn server, protocol 2";

/** Absolute path of the Perl server's script. */
export function epnScript(): string {
  return fileURLToPath(new URL("../perl/mod_gearman_worker_epn.pl", import.meta.url));
}
