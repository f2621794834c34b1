import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "tsup";
import app from "../../tsup.app.ts";

const prebuilds = join(import.meta.dirname, "../../native/addon/prebuilds");

/** The program, and beside it the binaries of the native spawner, which a packed worker has from nowhere else. */
export default defineConfig({
  ...(typeof app === "function" || Array.isArray(app) ? {} : app),
  onSuccess: async () => {
    if (existsSync(prebuilds)) cpSync(prebuilds, "dist/prebuilds", { recursive: true });
  },
});
