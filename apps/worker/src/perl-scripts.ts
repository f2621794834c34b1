import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { EPN_MARKER, epnScript } from "@mod-gearman/epn";
import { readHead } from "@mod-gearman/epn-client";

/** Scripts of the Perl server on this machine. */
export interface PerlScripts {
  /** Absolute path of the one that comes with the worker. */
  bundled(): string;
  /** Whether the file at `path` is such a script; C's p1.pl and the Go worker's server are not. */
  isOurs(path: string): boolean;
}

const MARKED_LINES = 5;
const HEAD_BYTES = 4096;

/** The scripts in the file system. */
export const perlScripts: PerlScripts = {
  bundled: () => {
    // a built worker carries it beside its own files; from source it is in its package
    const beside = fileURLToPath(new URL("./perl/mod_gearman_worker_epn.pl", import.meta.url));
    return existsSync(beside) ? beside : epnScript();
  },
  isOurs: (path) => {
    const lines = readHead(path, HEAD_BYTES)?.split("\n", MARKED_LINES) ?? [];
    return lines.some((line) => line.includes(EPN_MARKER));
  },
};
