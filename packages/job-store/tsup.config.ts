import { defineConfig } from "tsup";
import base from "../../tsup.base.ts";

/** The thread of the sqlite store is a file of its own, beside the library. */
export default defineConfig({
  ...base,
  entry: { index: "src/index.ts", "sqlite-thread": "src/sqlite/sqlite-thread.ts" },
});
