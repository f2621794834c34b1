import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { sampleFiles } from "../scripts/sample-file.ts";

const packaging = new URL("../../../packaging/", import.meta.url);

test.for(sampleFiles())("packaging/$name matches the schema", ({ name, text }) =>
  expect(readFileSync(new URL(name, packaging), "utf8")).toBe(text),
);

test.for([
  ["examples/gearmand.conf", []],
  ["examples/send_gearman.conf", ["server=localhost:4730"]], // it is not usable without one
] as const)("%s sets only what it must: %j", ([name, lines]) => {
  const text = sampleFiles().find((file) => file.name === name)?.text ?? "";
  expect(text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))).toEqual(lines);
});
