import { execFileSync } from "node:child_process";
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { tmpFolder } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { readStaleMemory, StaleMemoryError, writeStaleMemory } from "../src/stale-memory.ts";

const memory = new Map([
  [
    "a:4730",
    new Map([
      ["worker_w\u00f6", 1000],
      ["worker___proto__", 3],
    ]),
  ],
  ["[::1]:4730", new Map<string, number>()],
]);

test("written content is read back; mode 0600, no other file in the folder", (context) => {
  const folder = tmpFolder(context);
  const path = join(folder, "state");
  writeStaleMemory(path, new Map());
  writeStaleMemory(path, memory);
  expect(readStaleMemory(path)).toEqual(memory);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(["state"]);
});

test("no file: empty", (context) =>
  expect(readStaleMemory(join(tmpFolder(context), "none"))).toEqual(new Map()));

test.for([
  "",
  "no json",
  "{",
  "[]",
  "null",
  '{"servers":[]}',
  '{"servers":{"a:1":null}}',
  '{"servers":{"a:1":{"worker_a":"1"}}}',
  '{"servers":{"a:1":{"worker_a":1e999}}}',
  " ".repeat(1024 * 1024 + 1),
])("bad content is discarded: %.40s", (content, context) => {
  const path = join(tmpFolder(context), "state");
  writeFileSync(path, content);
  const read = readStaleMemory(path);
  expect([...read.values()].flatMap((queues) => [...queues])).toEqual([]);
  writeStaleMemory(path, memory);
  expect(readStaleMemory(path)).toEqual(memory);
});

describe("files that are not regular stay unchanged", () => {
  test("a symbolic link is not followed, for reading or writing", (context) => {
    const folder = tmpFolder(context);
    const target = join(folder, "target");
    const path = join(folder, "state");
    writeFileSync(target, "precious");
    symlinkSync(target, path);
    expect(() => readStaleMemory(path)).toThrow(StaleMemoryError);
    expect(() => writeStaleMemory(path, memory)).toThrow(StaleMemoryError);
    expect(readFileSync(target, "utf8")).toBe("precious");
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    expect(readdirSync(folder)).toHaveLength(2);
  });

  test("a folder", (context) => {
    const path = join(tmpFolder(context), "state");
    mkdirSync(path);
    expect(() => readStaleMemory(path)).toThrow(StaleMemoryError);
    expect(() => writeStaleMemory(path, memory)).toThrow(StaleMemoryError);
  });

  test("a FIFO does not block", (context) => {
    const path = join(tmpFolder(context), "state");
    execFileSync("mkfifo", [path]);
    expect(() => readStaleMemory(path)).toThrow("it is not a regular file");
  });

  test("a missing folder", (context) => {
    const path = join(tmpFolder(context), "none", "state");
    expect(() => writeStaleMemory(path, memory)).toThrow("ENOENT");
  });
});

test("the size of the file is bounded", (context) => {
  const path = join(tmpFolder(context), "state");
  const many = Array.from({ length: 5000 }, (_, index) => [`worker_${index}`, 1] as const);
  writeStaleMemory(path, new Map([["a:1", new Map(many)]]));
  expect(readStaleMemory(path).get("a:1")?.size).toBe(4096);
});
