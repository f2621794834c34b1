import { expect, test } from "vitest";

import { TestSite } from "./test-site.ts";

test.for([
  ["29, all that a plain site needs", 29, [], false],
  ["29, without that of notifications", 29, ["notifications=yes"], true],
  ["93, with it", 93, ["notifications=yes"], false],
  ["25, without that of service checks", 25, [], true],
] as const)("event_broker_options=%s", async ([, value, lines, isFound], context) => {
  const site = new TestSite(context);
  const usual = site.moduleLines;
  site.moduleLines = () => [...usual(), ...lines];
  const core = site.coreLines().map((line) => line.replace("options=-1", `options=${value}`));
  site.files.set("etc/naemon/naemon.cfg", core.join("\n"));
  const { found } = await site.run();
  expect(found.includes("core broker-options")).toBe(isFound);
});
