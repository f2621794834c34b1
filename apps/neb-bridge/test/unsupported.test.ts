import { loadModule, nodeFiles } from "@mod-gearman/config";
import { expect, test } from "vitest";

import { unsupportedOptions } from "../src/unsupported.ts";

const optionsOf = (args: string) =>
  loadModule(`server=localhost encryption=no ${args}`, "/", nodeFiles).options;

test("options without effect are named, one line each", () => {
  const options = optionsOf("notifications=yes perfdata=yes export=log:0:NEBCALLBACK_LOG_DATA");
  expect(unsupportedOptions(options)).toEqual([
    expect.stringMatching(/^notifications has no effect/),
    expect.stringMatching(/^perfdata has no effect/),
    expect.stringMatching(/^export has no effect/),
  ]);
});

test("a module line with checks and event handlers only asks for nothing of that", () => {
  expect(unsupportedOptions(optionsOf("services=yes hosts=yes eventhandler=yes perfdata=no"))).toEqual([]);
});
