import { describe, expect, test } from "vitest";
import { loadAs, warningsOf } from "./loaders.ts";

const KEY = "0123456789abcdef#ghij";
const CUTTING = ["module", "send_gearman", "send_multi"];
const advice = (program: string, text: string, ...argv: string[]) =>
  warningsOf(program, [...argv, "--config=/f"], { "/f": text }).filter(({ isAdvice }) => isAdvice === true);

describe("hash-in-key: a key in a file contains #", () => {
  const text = `server=127.0.0.1:4730\nkey=${KEY}\nservices=yes\n`;
  test("the worker warns that it uses the whole value, and what other programs use", () =>
    expect(advice("worker", text)).toEqual([
      {
        level: "warn",
        where: "/f:2",
        isAdvice: true,
        text:
          "key: '#' at byte 17 is part of the value: this program takes 21 bytes; module, bridge, send_gearman and " +
          "send_multi end the line there and take 16 bytes",
      },
    ]));
  test.for(CUTTING)("%s warns that it uses a part, and that the worker uses the whole value", (program) =>
    expect(advice(program, text)).toContainEqual({
      level: "warn",
      where: "/f:2",
      isAdvice: true,
      text: "key: the line ends at '#' at byte 17: this program takes 16 bytes, the worker takes 21 bytes",
    }),
  );
  test.for(["worker", ...CUTTING])("%s never shows the key", (program) => {
    const reported = JSON.stringify(warningsOf(program, ["--config=/f"], { "/f": text }));
    expect(reported).not.toMatch(/0123456789|ghij/);
  });
  test("the values are as before", () => {
    const files = { "/f": text };
    expect(loadAs("worker", ["--config=/f"], files)).toMatchObject({ options: { key: Buffer.from(KEY) } });
    for (const program of CUTTING)
      expect(loadAs(program, ["--config=/f"], files)).toMatchObject({
        options: { key: Buffer.from("0123456789abcdef") },
      });
  });
});

describe("a key on the command line contains #", () => {
  test.for(["module", "worker", "send_gearman", "send_multi", "check_gearman"])("%s", (program) =>
    expect(warningsOf(program, [`--key=${KEY}`, "--encryption=yes"]).map(({ text }) => text)).toEqual([
      "key: '#' at byte 17 is part of the value here (21 bytes); in a file module, bridge, send_gearman and " +
        "send_multi end the line there and take 16 bytes",
    ]),
  );
});

describe("comment-behind-value", () => {
  const text = "server=127.0.0.1:4730\nencryption=no\nhostgroups=web # frontends\n";
  test("the worker serves a queue without jobs, and warns about it", () =>
    expect(advice("worker", text).map(({ text, where }) => `${where}: ${text}`)).toEqual([
      "/f:3: hostgroups: '#' is part of the value: this program takes 'web # frontends'; module, bridge, " +
        "send_gearman and send_multi end the line there and take 'web'",
    ]));
  test("the module warns how the worker would read it", () =>
    expect(advice("module", text).map(({ text, where }) => `${where}: ${text}`)).toEqual([
      "/f:3: hostgroups: the line ends at '#': this program takes 'web', the worker takes 'web # frontends'",
    ]));
});

test.for<[program: string, line: string, count: number]>([
  ["worker", "debug-result=no # really", 1], // any option
  ["worker", "log_stats_interval=60\t# of the module", 1], // also one of another program
  ["worker", "hostgroups=a#b", 1], // in a name, also without a blank
  ["module", "servicegroups=a#b", 1],
  ["worker", "localhostgroups= # none", 1],
  ["worker", "logfile=/var/log/a#1.log", 0], // else only where a comment was probably intended
  ["worker", "restrict_command_characters=$&#", 0],
  ["module", "logfile=/var/log/a#1.log", 0],
  ["module", "  # a comment = x", 0],
  ["worker", "  # a comment = x # y", 0],
  ["module", "hosts=yes", 0],
])("%s: %s", ([program, line, count]) => expect(advice(program, `${line}\n`)).toHaveLength(count));
