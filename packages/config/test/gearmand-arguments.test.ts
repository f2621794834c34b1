import { expect, test } from "vitest";
import type { FieldMeta } from "../src/fields.ts";
import { argumentWords, fileWords, parseWords } from "../src/gearmand-arguments.ts";

const facts = {
  help: "",
  default: "",
  aliases: [],
  list: false,
  bare: false,
  secret: false,
  byHand: false,
  hidden: false,
};
const vocabulary = new Map<string, FieldMeta>([
  ["port", { ...facts, argument: "NUMBER", short: "p" }],
  ["daemon", { ...facts, argument: "", short: "d" }],
  ["round-robin", { ...facts, argument: "", short: "R" }],
  ["verbose", { ...facts, argument: "WORD", short: "v" }],
  ["password", { ...facts, argument: "TEXT", secret: true }],
]);
const said = (...argv: string[]) =>
  parseWords(argumentWords(argv), vocabulary).map((one) =>
    one.kind === "stray" ? `?${one.hidden ? "hidden" : one.text}` : `${one.option}=${one.text ?? ""}`,
  );

test.for([
  ["--port=1", "port=1"],
  ["--port 1", "port=1"],
  ["-p 1", "port=1"],
  ["-p1", "port=1"],
  ["--port=", "port="],
  ["-dR", "daemon= round-robin="],
  ["-dp 7", "daemon= port=7"],
  ["-v", "verbose=INFO"],
  ["-vv", "verbose=DEBUG"],
  ["-vvvv", "verbose=DEBUG"],
  ["-v NOTICE", "verbose=NOTICE"],
  ["-vNOTICE", "verbose=NOTICE"],
  ["-v -d", "verbose=INFO daemon="],
  ["--verbose DEBUG", "verbose=DEBUG"],
  ["-dv x", "daemon= verbose=INFO ?x"],
  ["port=1 - --", "?port=1 ?- ?--"],
  ["--password=a b", "password=a ?hidden"],
  ["--port -1", "port=-1"],
] as const)("%s", ([line, expected]) => expect(said(...line.split(" ")).join(" ")).toBe(expected));

test.for([
  ["--por=1", "unrecognised option '--por'"],
  ["--secret=hunter2", "unrecognised option '--secret'"],
  ["-x", "unrecognised option '-x'"],
  ["-dx", "unrecognised option '-x'"],
  ["-vx", "unrecognised option '-x'"],
  ["--port", "the required argument for option '--port' is missing"],
  ["-p", "the required argument for option '-p' is missing"],
  ["--daemon=yes", "option '--daemon' does not take any arguments"],
] as const)("%s is refused", ([argument, message]) => expect(() => said(argument)).toThrow(message));

test("a file is words between white space, with comments and line numbers", () => {
  expect(fileWords(Buffer.from("--port=1\t-d # --x\r\n#all\n\n--listen\n ::1"), "/g.conf")).toEqual([
    { text: "--port=1", where: "/g.conf:1" },
    { text: "-d", where: "/g.conf:1" },
    { text: "--listen", where: "/g.conf:4" },
    { text: "::1", where: "/g.conf:5" },
  ]);
});
