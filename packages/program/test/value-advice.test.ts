import {
  checkGearmanTable,
  type OptionTable,
  optionsOf,
  sendGearmanTable,
  sendMultiTable,
  topTable,
} from "@mod-gearman/config";
import { describe, expect, test } from "vitest";
import { loadAs, warningsOf } from "./loaders.ts";

const texts = (program: string, argv: string[], files: Record<string, string> = {}) =>
  warningsOf(program, argv, files)
    .filter(({ isAdvice }) => isAdvice === true)
    .map(({ text }) => text);

describe("unfilled templates", () => {
  test("unrendered-template: two warnings", () => {
    const file = "server=$GEARMAN_SERVER\nencryption=no\nhostgroups={{ hg }}\n";
    expect(texts("worker", ["--config=/w.conf"], { "/w.conf": file })).toEqual([
      "server: '$GEARMAN_SERVER' looks like a template that was not filled in",
      "hostgroups: '{{ hg }}' looks like a template that was not filled in",
    ]);
  });
  test.for([
    "$NAME",
    "a\u0024{NAME}",
    "$(hostname)",
    "{{ name }}",
    "x-{{name}}",
    "%NAME%",
    "<name>",
    "$HOSTNAME$",
  ])("%s", (value) => {
    for (const [program, option] of [
      ["worker", "servicegroups"],
      ["worker", "identifier"],
      ["module", "result_queue"],
      ["module", "queue_custom_variable"],
      ["send_gearman", "result_queue"],
      ["check_gearman", "queue"],
      ["gearmand", "listen"],
      ["gearmand", "job-handle-prefix"],
    ] as const)
      expect(texts(program, [`--${option}=${value}`])).toEqual([
        `${option}: '${value}' looks like a template that was not filled in`,
      ]);
  });
  test.for(["web", "a$", "100%", "50%-60%", "a<b", "x>y", "{a}", "a{b}c", "%", "$1"])(
    "%s is a name",
    (value) => expect(texts("worker", [`--hostgroups=${value}`])).toEqual([]),
  );
  test("a key that is only a template, which is not shown", () =>
    expect(texts("worker", ["--key={{ vault.gearman_key }}"])).toEqual([
      "key looks like a template that was not filled in (23 bytes)",
    ]));
  test.for(["a$NAME-0123456789", "<0123456789abcdef", "100%sure%0123456789"])("%s is a key", (key) =>
    expect(texts("worker", [`--key=${key}`])).toEqual([]),
  );
});

describe("no value after the =", () => {
  test("empty-returncode: refused, as --key= is", () => {
    for (const argv of [
      ["--returncode="],
      ["-r="],
      ["--returncode", ""],
      ["--return_code"],
      ["-r", "--host=h"],
    ])
      expect(() => loadAs("send_gearman", ["--message=m", ...argv])).toThrow(
        expect.objectContaining({
          code: "BAD_VALUE",
          message: "returncode: the value is empty",
          exitCode: 3,
        }),
      );
  });

  const TOOLS = [
    ["send_gearman", sendGearmanTable],
    ["send_multi", sendMultiTable],
    ["check_gearman", checkGearmanTable],
    ["gearman_top", topTable],
  ] as const;
  const numbers = TOOLS.flatMap(([program, schema]) =>
    optionsOf(schema)
      .filter(({ meta }) => meta.isNumber)
      .map(({ option }) => [program, option] as const),
  );
  test("options of the tools that are numbers", () => expect(numbers.length).toBeGreaterThan(20));
  test.for(numbers)("%s --%s= is refused", ([program, option]) => {
    expect(() => loadAs(program, [`--${option}=`])).toThrow(
      expect.objectContaining({
        code: "BAD_VALUE",
        message: expect.stringContaining(`${option}: the value is empty`),
        exitCode: 3,
      }),
    );
  });
  test("in a file, which other programs read too, a number keeps its default", () => {
    expect(loadAs("send_gearman", ["--config=/c"], { "/c": "timeout=\n" })).toMatchObject({
      options: { timeoutSeconds: 10 },
      warnings: [
        { text: "timeout: the value is empty, the default (10) stays", where: "/c:1", isAdvice: true },
      ],
    });
  });
  test.for([
    ["worker", "restrict_command_characters", "$&();<>`\"'|"],
    ["worker", "max-worker", "20"],
    ["worker", "identifier", "the host name"],
    ["worker", "worker_name_in_result", "off"],
    ["module", "result_queue", "check_results"],
    ["module", "log_stats_interval", "60"],
    ["send_gearman", "delimiter", "a tab"],
    ["send_multi", "server", "localhost:4730"],
  ] as const)("%s --%s= says that the default stays", ([program, option, initial]) =>
    expect(texts(program, [`--${option}=`])).toEqual([
      `${option}: the value is empty, the default (${initial}) stays`,
    ]),
  );
  test.for([
    ["worker", "hostgroups"], // no default: an empty list is a valid choice
    ["worker", "logfile"],
    ["module", "host_perfdata_template"], // a value of its own
    ["send_gearman", "message"],
    ["check_gearman", "expect"],
  ] as const)("%s --%s= is no mistake", ([program, option]) =>
    expect(texts(program, [`--${option}=`]).filter((text) => text.includes("empty"))).toEqual([]),
  );
  test("a later value is used", () => {
    expect(texts("worker", ["--max-worker=", "--max-worker=7"])).toEqual([]);
    expect(texts("send_multi", ["--server=a", "--server="])).toEqual([]);
    expect(loadAs("send_gearman", ["--returncode=", "--returncode=2"])).toMatchObject({
      options: { returnCode: 2 },
    });
  });
});

test.for([
  ["worker", "the log goes to standard output"],
  ["module", "the core's log is used"],
] as const)("%s --logmode=file without a file", ([program, instead]) => {
  expect(texts(program, ["--logmode=file"])).toEqual([
    `logmode=file has no effect without logfile: ${instead}`,
  ]);
  expect(texts(program, ["--logmode=file", "--logfile=/x"])).toEqual([]);
});

test("every option that is a queue, group, server or program is marked as a name", () => {
  const named = (table: OptionTable) =>
    optionsOf(table)
      .filter(({ meta }) => meta.isName)
      .map(({ option }) => option);
  expect(named(sendGearmanTable)).toEqual(["server", "dupserver", "result_queue"]);
  expect(named(checkGearmanTable)).toEqual(["host", "queue", "self-test-queue", "result-queue"]);
  expect(named(topTable)).toEqual(["host"]);
});
