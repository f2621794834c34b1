import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { EPN_MARKER, epnScript } from "@mod-gearman/epn";
import { readHead } from "@mod-gearman/epn-client";

export interface PerlScripts {
  /** Absolute path of the script that is part of the worker. */
  bundled(): string;
  /** False for other scripts, such as p1.pl of the C worker and the server of the Go worker. */
  isOurs(path: string): boolean;
}

const MARKED_LINES = 5;
const HEAD_BYTES = 4096;

export const perlScripts: PerlScripts = {
  bundled: () => {
    // a built worker has it beside its own files; from source it is in its package
    const beside = fileURLToPath(new URL("./perl/mod_gearman_worker_epn.pl", import.meta.url));
    return existsSync(beside) ? beside : epnScript();
  },
  isOurs: (path) => {
    const lines = readHead(path, HEAD_BYTES)?.split("\n", MARKED_LINES) ?? [];
    return lines.some((line) => line.includes(EPN_MARKER));
  },
};
