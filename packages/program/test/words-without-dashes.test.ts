import { expect, test } from "vitest";
import { loadAs, warningsOf } from "./loaders.ts";

const texts = (program: string, argv: string[]) => warningsOf(program, argv).map(({ text }) => text);

test("words-without-dashes: known options are reported with the hint to write --server=...", () =>
  expect(texts("worker", ["debug=2", "server=127.0.0.1:4730", "max-worker=1"])).toEqual([
    "debug is not a param!, ignoring; write --debug=...",
    "server is not a param!, ignoring; write --server=...",
    "max-worker is not a param!, ignoring; write --max-worker=...",
  ]));

test.for<[program: string, argv: string[], expected: string[]]>([
  [
    "worker",
    ["hosts", "check-config"],
    [
      "hosts is not a param!, ignoring; write --hosts",
      "check-config is not a param!, ignoring; write --check-config",
    ],
  ],
  [
    "worker",
    ["start", "hunter2"],
    ["(hidden) is not a param!, ignoring", "(hidden) is not a param!, ignoring"],
  ],
  [
    "worker",
    ["key=hunter2 3", "4"],
    ["key is not a param!, ignoring; write --key=...", "(hidden) is not a param!, ignoring"],
  ],
  ["worker", ["perfdata=yes"], ["perfdata is not a param!, ignoring; write --perfdata=..."]], // of another program
  [
    "module",
    ["server=s", "core-pid=1", "x"],
    [
      "server is not a param!, ignoring; write --server=...",
      "core-pid is not a param!, ignoring; write --core-pid=...",
      "(hidden) is not a param!, ignoring",
    ],
  ],
  [
    "check_gearman",
    ["queue=service", "background"],
    [
      "'queue' is not an option, ignored; write --queue=...",
      "'background' is not an option, ignored; write --background",
    ],
  ],
  ["check_gearman", ["foo=hunter2"], ["'foo' is not an option, ignored"]],
  [
    "check_gearman",
    ["key=hunter2", "hunter2"],
    ["'key' is not an option, ignored; write --key=...", "'(hidden)' is not an option, ignored"],
  ],
  [
    "gearman_top",
    ["interval=5", "check-config"],
    [
      "'interval' is not an option, ignored; write --interval=...",
      "'check-config' is not an option, ignored; write --check-config",
    ],
  ],
])("%s %j", ([program, argv, expected]) => expect(texts(program, argv)).toEqual(expected));

test.for([
  ["worker", "(hidden) is not a param!, ignoring"],
  ["check_gearman", "'(hidden)' is not an option, ignored"],
] as const)(
  "%s: the rest of a password that held blanks stays hidden, also an option's name",
  ([program, text]) =>
    expect(texts(program, ["--key=a long enough key, our", "queue", "hosts"])).toEqual([text, text]),
);

test.for(["send_gearman", "send_multi"])("%s takes them, as the original does", (program) =>
  expect(loadAs(program, ["server=other", "host=h1", "retries=3"])).toMatchObject({
    options: { host: Buffer.from("h1"), retries: 3 },
    warnings: [],
  }),
);
