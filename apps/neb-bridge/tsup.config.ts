import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import app from "../../tsup.app.ts";

const prebuilds = join(import.meta.dirname, "../../native/addon/prebuilds");

/** The program, and beside it the native addon, by which a packed program tells systemd that it is ready. */
export default app({
  onSuccess: async () => {
    if (existsSync(prebuilds)) cpSync(prebuilds, "dist/prebuilds", { recursive: true });
  },
});
