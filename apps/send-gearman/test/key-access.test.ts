// @module-tag slow
import { reportsOfReadableKey } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { sender } from "./built-program.ts";

const ARGS = ["--server=127.0.0.1:1", "--host=h", "--service=s", "--message=x", "--encryption=yes"];

test.for(["keyfile", "config"] as const)(
  "a key in --%s that all may read: reported with --check-config and debug, not at every call",
  async (option, context) => {
    const reports = await reportsOfReadableKey(context, sender, option, ARGS);
    expect(reports.checkConfig).toContain(reports.text);
    expect(reports.debug).toContain(`${reports.text}\n`);
    expect(reports.usual).not.toContain(reports.path);
    expect(reports.closed).not.toContain(reports.path);
  },
);
