import { hostname } from "node:os";
import { fileAccess } from "./file-access.ts";
import type { LoadDeps } from "./loaded.ts";

/** The machine's files and name. Pass `env` yourself where it is wanted: `{ ...nodeFiles, env: process.env }`. */
export const nodeFiles: LoadDeps = { ...fileAccess, hostname };
