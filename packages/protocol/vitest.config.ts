import { mergeConfig } from "vitest/config";
import base from "../../vitest.base.ts";

/** A pure package: no file leaves anything behind that the next one could see, so they share a process. */
export default mergeConfig(base, { test: { isolate: false } });
