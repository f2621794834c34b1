import { field, WarningCollector } from "@mod-gearman/config";
import { expect, test } from "vitest";
import { fileWords } from "../src/gearmand-file.ts";
import { argumentWords, optionTable, parseWords } from "../src/getopt.ts";

const nothing = () => undefined;
const table = optionTable(
  {
    port: field({ help: "", argument: "NUMBER", short: "p" }, nothing),
    server: field({ help: "", short: "Hs", aliases: ["host"] }, nothing),
    daemon: field({ help: "", argument: "", short: "d" }, nothing),
    "round-robin": field({ help: "", argument: "", short: "R" }, nothing),
    verbose: field({ help: "", argument: "WORD", short: "v" }, nothing),
    password: field({ help: "", secret: true }, nothing),
    "ignore-stale": field({ help: "", argument: "SECONDS", optional: true }, nothing),
  },
  [{ words: ["-h", "--help"], help: "" }],
);
const VALUE = { letterEquals: "value", refusesEmpty: false } as const;
const said = (...argv: string[]) =>
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
] as const)("%s", ([line, expected]) => expect(said(...line.split(" ")).join(" ")).toBe(expected));

test.for([
  ["--por=1", "unrecognised option '--por'"],
  ["--secret=hunter2", "unrecognised option '--secret'"],
  ["-x", "unrecognised option '-x'"],
  ["-dx", "unrecognised option '-x'"],
  ["-vx", "unrecognised option '-x'"],
  ["-vvv", "unrecognised option '-vvv'"],
  ["--port", "the required argument for option '--port' is missing"],
  ["-p", "the required argument for option '-p' is missing"],
  ["--daemon=yes", "option '--daemon' does not take any arguments"],
] as const)("%s is refused", ([argument, message]) => expect(() => said(argument)).toThrow(message));

test("a file is words between white space, with comments and line numbers", () => {
  expect(
    fileWords(Buffer.from("--port=1\t-d # --x\r\n#all\n\n--listen\n ::1"), "/g.conf", new WarningCollector()),
  ).toEqual([
    { text: "--port=1", where: "/g.conf:1" },
    { text: "-d", where: "/g.conf:1" },
    { text: "--listen", where: "/g.conf:4" },
    { text: "::1", where: "/g.conf:5" },
  ]);
});

test("the = of -x=value belongs to the value, or not", () => {
  const texts = (letterEquals: "value" | "separator") =>
    parseWords(argumentWords(["-H=a", "-H", "=b", "--host==c"]), table, {
      letterEquals,
      refusesEmpty: false,
    }).map((one) => one.text);
  expect(texts("value")).toEqual(["=a", "=b", "=c"]);
  expect(texts("separator")).toEqual(["a", "=b", "=c"]);
});
