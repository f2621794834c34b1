import type { WorkerOptions } from "@mod-gearman/config";
import { expect, test } from "vitest";

import { unsupportedOptions } from "../src/unsupported.ts";

test("options without effect are named, one line each", () => {
  const options = { enableEmbeddedPerl: true } as WorkerOptions;
  expect(unsupportedOptions(options)).toEqual([expect.stringMatching(/^enable_embedded_perl has no effect/)]);
});

test("the defaults ask for nothing of that", () => {
  expect(unsupportedOptions({ enableEmbeddedPerl: false } as WorkerOptions)).toEqual([]);
});
