import { nodeFiles } from "@mod-gearman/config";
import { loadModule } from "@mod-gearman/program";
import { expect, test } from "vitest";

import { settingsProblem } from "../src/settings.ts";

const problemOf = (...words: string[]): string | undefined =>
  settingsProblem(
    loadModule(["server=localhost", "encryption=no", ...words].join(" "), "/", nodeFiles).options,
  );

const names = (count: number, length: number): string =>
  Array.from({ length: count }, (_, at) => String(at).padStart(length, "g")).join(",");

test("thousands of groups are accepted", () => {
  expect(problemOf(`hostgroups=${names(6000, 20)}`, `localservicegroups=${names(4000, 20)}`)).toBeUndefined();
});

test("more than the module accepts are refused with their number", () => {
  expect(problemOf(`hostgroups=${names(6000, 5)}`, `servicegroups=${names(4001, 5)}`)).toMatch(
    / 10001 groups /,
  );
  expect(problemOf(`hostgroups=${names(9000, 60)}`)).toMatch(/ in 540000 bytes; /);
});
