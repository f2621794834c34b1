import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { linesOf, moduleLine, type Setting, workerLine } from "../src/grammar.ts";

interface Property {
  readonly type?: string;
  readonly anyOf?: readonly Property[];
}
interface FileSchema {
  readonly properties: Readonly<Record<string, Property>>;
}

const root = new URL("../../../", import.meta.url);

function schemaOf(name: string): FileSchema {
  return JSON.parse(readFileSync(new URL(`docs/schema/${name}.json`, root), "utf8"));
}

/** True if `file` is valid by its JSON Schema. */
function accepts(name: string, file: Record<string, unknown>): boolean {
  return z.fromJSONSchema(schemaOf(name) as never).safeParse(file).success;
}

/** A sample file as one object: numbers where the schema requires them, an array for a repeated key. */
function sample(
  name: string,
  file: string,
  read: (line: string) => Setting | undefined,
): Record<string, unknown> {
  const { properties } = schemaOf(name);
  const object: Record<string, unknown> = {};
  for (const line of linesOf(readFileSync(new URL(`packages/program/test/samples/${file}`, root)))) {
    const { key, text } = read(line) ?? {};
    if (key === undefined) continue;
    const isNumber = /integer|number/.test(properties[key]?.type ?? "");
    const value = text === undefined ? true : isNumber ? Number(text) : text;
    object[key] = key in object ? [object[key], value].flat() : value;
  }
  return object;
}

describe.for([
  ["worker", "worker.cfg", workerLine],
  ["module", "module.conf", moduleLine],
] as const)("docs/schema/%s.json", ([name, file, read]) => {
  const object = sample(name, file, read);
  test("accepts the sample file", () => {
    expect(Object.keys(object).length).toBeGreaterThan(20);
    expect(accepts(name, object)).toBe(true);
  });
  test.for([
    ["a key that does not exist", { severs: "a" }],
    ["a number out of bounds", { gearman_connection_timeout: -1 }],
    ["a fraction where there is none", { gearman_connection_timeout: 1.5 }],
    ["a word that does not exist", { logmode: "syslogg" }],
    ["neither yes nor no", { encryption: "maybe" }],
  ] as const)("refuses %s", ([, wrong]) => expect(accepts(name, { ...object, ...wrong })).toBe(false));
});

test("aliases, sizes and keys of other programs are accepted", () => {
  expect(accepts("send_gearman", { password: "p", spool_max: "64M", logmode: "file", r: 2 })).toBe(true);
  expect(accepts("send_gearman", { spool_max: "much" })).toBe(false);
  expect(accepts("gearmand", { port: 4730, verbose: "INFO", listen: ["a", "b"] })).toBe(true);
  expect(accepts("gearmand", { logmode: "file" })).toBe(false);
});
