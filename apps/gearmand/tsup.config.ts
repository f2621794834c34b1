import app from "../../tsup.app.ts";
import { ALLOCATOR } from "./src/allocator.ts";

/** The program, and the thread of its sqlite store. */
export default app(
  {
    splitting: false,
    entry: {
      program: "src/main.ts",
      "sqlite-thread": "../../packages/job-store/src/sqlite/sqlite-thread.ts",
    },
  },
  ALLOCATOR,
);
