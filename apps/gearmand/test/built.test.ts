// @module-tag slow
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const dist = join(import.meta.dirname, "../dist");
/** A name in prom-client. */
const METRICS = "getMetricsAsJSON";

test("the built program reads the library of metrics only where metrics are served", () => {
  const holders = readdirSync(dist).filter(
    (name) => name.endsWith(".js") && readFileSync(join(dist, name), "utf8").includes(METRICS),
  );
  expect(holders).toEqual([expect.stringMatching(/^server-metrics-\w+\.js$/)]);
});
