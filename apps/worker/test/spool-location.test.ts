import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { WorkerOptions } from "@mod-gearman/config";
import { memoryLogger } from "@mod-gearman/observe";
import { tmpFolder } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { resultSpools, spoolLocation } from "../src/spool-location.ts";

const options = (more: Partial<WorkerOptions> = {}) =>
  ({ identifier: Buffer.from("w 1/\xfc", "latin1"), resultSpoolBytes: 1_000_000, ...more }) as WorkerOptions;

/** A world with these writable folders. */
const world = (stateDirectory: string | undefined, ...writable: string[]) => ({
  stateDirectory,
  isWritableFolder: (path: string) => writable.includes(path),
});

const SITE = "/var/lib/mod-gearman";

describe("where results are kept", () => {
  test.for<[string, Partial<WorkerOptions>, ReturnType<typeof world>, string | undefined]>([
    ["off", { resultSpool: false }, world("/state", "/state", SITE), undefined],
    ["as configured", { resultSpool: "/some/where" }, world("/state", "/state"), "/some/where"],
    ["below the state directory", {}, world("/state:/other", "/state", SITE), "/state/spool-w_1__"],
    ["in the folder of the site", {}, world(undefined, SITE), `${SITE}/spool-w_1__`],
    ["not where nothing can be written", {}, world("/state", SITE), `${SITE}/spool-w_1__`],
    ["beside the pid file", { pidfile: "/run/mg/pid" }, world(undefined, "/run/mg"), "/run/mg/spool-w_1__"],
    ["nowhere", { pidfile: "pid" }, world(undefined, "."), undefined],
  ])("%s", ([, more, where, folder]) => {
    const location = spoolLocation(options(more), where);
    expect(location).toEqual(folder === undefined ? undefined : { folder, maxBytes: 1_000_000 });
  });
});

test("an unusable folder is an error with the reason", (context) => {
  const file = join(tmpFolder(context), "file");
  writeFileSync(file, "");
  const open = () => resultSpools(memoryLogger(), undefined).open({ folder: file, maxBytes: 1000 });
  expect(open).toThrow(/file: is not a folder/);
});

test("the state directory of systemd is used", (context) => {
  const folder = join(tmpFolder(context), "state");
  mkdirSync(folder);
  const location = resultSpools(memoryLogger(), folder).locate(options());
  expect(location?.folder).toBe(join(folder, "spool-w_1__"));
});
