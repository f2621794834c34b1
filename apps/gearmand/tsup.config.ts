import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import app from "../../tsup.app.ts";
import { ALLOCATOR } from "./src/allocator.ts";

const prebuilds = join(import.meta.dirname, "../../native/addon/prebuilds");

/** The program, the thread of its sqlite store, and beside them the native addon for a packed program. */
export default app(
  {
    onSuccess: async () => {
      if (existsSync(prebuilds)) cpSync(prebuilds, "dist/prebuilds", { recursive: true });
    },
    entry: {
      program: "src/main.ts",
      "sqlite-thread": "../../packages/job-store/src/sqlite/sqlite-thread.ts",
    },
  },
  ALLOCATOR,
);
