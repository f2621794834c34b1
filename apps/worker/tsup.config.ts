import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import app from "../../tsup.app.ts";

const prebuilds = join(import.meta.dirname, "../../native/addon/prebuilds");
const perl = join(import.meta.dirname, "../../native/epn/perl");

/**
 * The program, and beside it the binaries of the native spawner and the files of the Perl server, for a
 * packed worker.
 */
export default app({
  onSuccess: async () => {
    if (existsSync(prebuilds)) cpSync(prebuilds, "dist/prebuilds", { recursive: true });
    cpSync(perl, "dist/perl", { recursive: true });
  },
});
