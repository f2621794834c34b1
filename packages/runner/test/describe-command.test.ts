import { expect, test } from "vitest";
import { describeArgv, describeLine } from "../src/describe-command.ts";
import { tokenize } from "../src/index.ts";

test.for<[line: string, description: string]>([
  ["/usr/lib/plugins/check_http -H x", "check_http"],
  ["check_http", "check_http"],
  ["/usr/bin/python3 -u /x/file1 a", "python3 file1"],
  ["/usr/bin/python3 -u -x -w /x/file1 a", "python3 file1"],
  ["/bin/sh -c 'sleep 3'", "sh sleep 3"],
  ["/bin/bash", "bash"],
  ["/usr/bin/python3.11 /x/y", "python3.11"],
  ["A=1 /x/y z", "y"],
])("direct: %s is %s", ([line, description]) => {
  const plan = tokenize(Buffer.from(line));
  expect(plan.kind === "exec" && describeArgv(plan.argv)).toBe(description);
});

test.for<[line: string, description: string]>([
  ["/x/check_http -H x | grep y", "check_http"],
  ["A=1 B='x y' C=\"z\" /x/perl -w /y/check.pl;", "perl check.pl;"],
  ["  ", "sh"],
  [";", ";"],
])("shell: <%s> is <%s>", ([line, description]) => {
  expect(describeLine(Buffer.from(line))).toBe(description);
});

test("is bounded for any command", () => {
  expect(describeArgv([Buffer.from("x".repeat(1000))])).toHaveLength(128);
  expect(describeArgv([Buffer.from("sh"), Buffer.alloc(1_000_000, "y")])).toHaveLength(128);
  expect(describeLine(Buffer.from(`${"A=1 ".repeat(100_000)}|`))).toBe("sh");
});
