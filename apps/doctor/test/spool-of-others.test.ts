import { expect, test } from "vitest";
import { examineSpool } from "../src/areas/spool.ts";
import type { Site } from "../src/site.ts";
import type { World } from "../src/world.ts";

/** What is said about a folder whose names cannot be read, by this user at least. */
function examined(mode: number) {
  const options = { resultSpool: "/spool", resultSpoolBytes: 1000 };
  const site = { worker: { loaded: { options } } } as unknown as Site;
  const machine = { facts: () => ({ kind: "folder", mode }), names: () => undefined };
  return examineSpool(site, { machine } as unknown as World).report;
}

test("a spool that only its owner may read is not looked at, as the doctor may have another user", () => {
  expect(examined(0o700).findings).toEqual([]);
  expect(examined(0o700).skipped).toMatchObject([{ why: expect.stringContaining("another user") }]);
});

test("a spool that no user may write is found", () =>
  expect(examined(0o500).findings).toMatchObject([{ id: "spool-unusable", level: "critical" }]));
