import { expect, test } from "vitest";
import { loadCheckGearman } from "../src/load-check-gearman.ts";
import { loadSender } from "../src/load-sender.ts";
import { rawArguments } from "../src/raw-arguments.ts";
import { memoryFiles } from "./memory-files.ts";

const LATIN1 = Buffer.from("--host=h\xf6st", "latin1");
const line = (...words: (string | Buffer)[]) =>
  Buffer.concat(words.flatMap((one) => [Buffer.from(one), Buffer.of(0)]));
/** Words as decoded by Node. */
const decoded = (...words: (string | Buffer)[]) => words.map((one) => Buffer.from(one).toString("utf8"));

test("an argument that is not UTF-8 is returned as bytes, the others unchanged", () => {
  const words = ["--message=ü", LATIN1, "", "-r=1"];
  const given = rawArguments(decoded(...words), () => line("node", "--flag", "main.js", ...words));
  expect(given).toEqual(words);
});

test("a given U+FFFD is kept", () => {
  const given = rawArguments(["a\ufffd"], () => line("node", "main.js", "a\ufffd"));
  expect(given.map((one) => Buffer.from(one).toString())).toEqual(["a\ufffd"]);
});

test("nothing is read if no byte was lost", () =>
  expect(
    rawArguments(["a", "ü"], () => {
      throw new Error("read");
    }),
  ).toEqual(["a", "ü"]));

test.for<[string, () => Buffer]>([
  [
    "is not there",
    () => {
      throw new Error("ENOENT");
    },
  ],
  ["is another one", () => line("node", "main.js", "something", "else")],
  ["is too short", () => line("x")],
])("arguments stay as Node has them when the command line %s", ([, read]) =>
  expect(rawArguments(["a\ufffd", "b"], read)).toEqual(["a\ufffd", "b"]),
);

test("both grammars keep the bytes of names", () => {
  const files = memoryFiles({});
  const sender = loadSender("send_gearman", ["--server=s", LATIN1], files);
  expect(sender).toMatchObject({ options: { host: Buffer.from("h\xf6st", "latin1") } });
  const checked = loadCheckGearman(["-H", "h", "-q", Buffer.from("\xe4", "latin1")], files);
  expect(checked).toMatchObject({ options: { queue: Buffer.from("\xe4", "latin1") } });
});
