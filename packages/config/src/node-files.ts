import { hostname } from "node:os";
import { fileAccess } from "./file-access.ts";
import type { LoadDeps } from "./loaded.ts";

/** Files and host name of the machine. The environment is the caller's: `{ ...nodeFiles, env: process.env }`. */
export const nodeFiles: LoadDeps = { ...fileAccess, hostname };
