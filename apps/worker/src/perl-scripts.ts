import { closeSync, constants, existsSync, openSync, readSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { EPN_MARKER, epnScript } from "@mod-gearman/epn";

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
    let file: number | undefined;
    try {
      file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      const head = Buffer.alloc(HEAD_BYTES);
      const text = head.toString("latin1", 0, readSync(file, head, 0, HEAD_BYTES, 0));
      return text.split("\n", MARKED_LINES).some((line) => line.includes(EPN_MARKER));
    } catch {
      return false;
    } finally {
      if (file !== undefined) closeSync(file);
    }
  },
};
