import { type OptionRow, WarningCollector } from "@mod-gearman/config";
import { expect, test } from "vitest";
import { fileWords } from "../src/gearmand-file.ts";
import { argumentWords, optionTable, parseWords } from "../src/getopt.ts";

const row = (meta: Partial<OptionRow>): OptionRow =>
  ({
    key: "value",
    kind: "flag",
    help: "",
    argument: "TEXT",
    ...meta,
  }) as OptionRow;
const table = optionTable(
  {
    port: row({ argument: "NUMBER", short: "p" }),
    server: row({ short: "Hs", aliases: ["host"] }),
    daemon: row({ argument: "", short: "d" }),
    "round-robin": row({ argument: "", short: "R" }),
    verbose: row({ argument: "WORD", short: "v" }),
    password: row({ secret: true }),
    "ignore-stale": row({ argument: "SECONDS", optional: true }),
  },
  [{ words: ["-h", "--help"], help: "" }],
);
const VALUE = { letterEquals: "value", refusesEmpty: false } as const;
const parsed = (...argv: string[]) =>
  parseWords(argumentWords(argv), table, VALUE).map((one) =>
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
  ["-vvv", "verbose=DEBUG"],
  ["-v NOTICE", "verbose=NOTICE"],
  ["-vNOTICE", "verbose=NOTICE"],
  ["-v -d", "verbose=INFO daemon="],
  ["--verbose DEBUG", "verbose=DEBUG"],
  ["-dv x", "daemon= verbose=INFO ?x"],
  ["port=1 - --", "?port=1 ?- ?--"],
  ["--password=a b", "password=a ?hidden"],
  ["--port -1", "port=-1"],
  ["-Ha -s b --server=c --host d", "server=a server=b server=c server=d"],
  ["--ignore-stale 5", "ignore-stale= ?5"],
  ["--ignore-stale=5", "ignore-stale=5"],
  ["-dh --help", "daemon= help= help="],
] as const)("%s", ([line, expected]) => expect(parsed(...line.split(" ")).join(" ")).toBe(expected));

test.for([
  ["--por=1", "unrecognised option '--por'"],
  ["--secret=hunter2", "unrecognised option '--secret'"],
  ["-x", "unrecognised option '-x'"],
  ["-dx", "unrecognised option '-x'"],
  ["-vx", "unrecognised option '-x'"],
  ["-vvvv", "unrecognised option '-vvvv'"],
  ["--port", "the required argument for option '--port' is missing"],
  ["-p", "the required argument for option '-p' is missing"],
  ["--daemon=yes", "option '--daemon' does not take any arguments"],
] as const)("%s is refused", ([argument, message]) => expect(() => parsed(argument)).toThrow(message));

test("a file consists of words separated by white space, with comments and line numbers", () => {
  expect(
    fileWords(Buffer.from("--port=1\t-d # --x\r\n#all\n\n--listen\n ::1"), "/g.conf", new WarningCollector()),
  ).toEqual([
    { text: "--port=1", where: "/g.conf:1" },
    { text: "-d", where: "/g.conf:1" },
    { text: "--listen", where: "/g.conf:4" },
    { text: "::1", where: "/g.conf:5" },
  ]);
});

test("the = in -x=value is part of the value, or not", () => {
  const texts = (letterEquals: "value" | "separator") =>
    parseWords(argumentWords(["-H=a", "-H", "=b", "--host==c"]), table, {
      letterEquals,
      refusesEmpty: false,
    }).map((one) => one.text);
  expect(texts("value")).toEqual(["=a", "=b", "=c"]);
  expect(texts("separator")).toEqual(["a", "=b", "=c"]);
});
