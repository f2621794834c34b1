import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { loadModule } from "../src/load-module.ts";
import { memoryFiles } from "./memory-files.ts";

const KEY = "0123456789abcdef";

const load = (args: string, files: Record<string, string | Buffer> = {}) =>
  loadModule(args, "/etc/mg", memoryFiles(files));
const options = (args: string, files: Record<string, string | Buffer>) => load(args, files).options;
const texts = (loaded: { warnings: { text: string; level: string }[] }) =>
  loaded.warnings.filter((one) => one.level !== "debug").map((one) => one.text);

describe("keyfile.json", () => {
  const vectors: { cases: { file: string; rc: number; key: string | null }[] } = JSON.parse(
    readFileSync(new URL("../../../vectors/keyfile.json", import.meta.url), "utf8"),
  );
  test.for(vectors.cases.map((row, index) => ({ ...row, index })))("row $index", ({ file, key }) => {
    const run = () => options("server=s keyfile=k", { "/etc/mg/k": Buffer.from(file, "base64") });
    if (key === null) expect(run).toThrow(expect.objectContaining({ code: "NO_KEY" }));
    else expect(run().key).toEqual(Buffer.from(key, "base64"));
  });
});

describe("keys", () => {
  test("the file has precedence in any order, and both are reported", () => {
    for (const args of [`server=s key=${KEY} keyfile=k`, `server=s keyfile=k password=${KEY}`]) {
      const loaded = load(args, { "/etc/mg/k": "from-the-file-16-bytes" });
      expect(loaded.options.key).toEqual(Buffer.from("from-the-file-16-bytes"));
      expect(texts(loaded)).toEqual(["both key and keyfile are set, keyfile is used"]);
    }
  });
  test.for([
    ["should_be_changed", "the encryption key is that of the sample configuration, which is public"],
    ["1234567", "encryption key should be at least 8 bytes!"],
    ["123456789012345", "encryption key is shorter than 16 bytes"],
  ] as const)("%s is warned about", ([key, warning]) => {
    expect(texts(load(`server=s key=${key}`))).toEqual([warning]);
    expect(texts(load(`server=s key=${key} encryption=no`))).toEqual([]);
  });
  test("a byte order mark is part of a key file, as in the originals, and reported", () => {
    const loaded = load("server=s keyfile=k", { "/etc/mg/k": "\ufeffa key of a file\n" });
    expect(loaded.options.key).toEqual(Buffer.from("\ufeffa key of a file"));
    expect(texts(loaded)).toEqual([
      "/etc/mg/k begins with a byte order mark, which is part of the key in all programs",
    ]);
  });
});
