import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync, readFileSync, readSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { runNow } from "../src/run-now.ts";

const SECOND = 1_700_000_000;

test("a check of a service and of a host is asked for by the command file of the core", (context) => {
  const path = join(tmpFolder(context), "naemon.cmd");
  execFileSync("mkfifo", [path]);
  const core = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  context.onTestFinished(() => closeSync(core));
  const run = runNow(path, () => SECOND); // admin_command_file=
  expect(run({ host: "größe", service: "HTTP alive" })).toBe(
    "The core was asked to check größe HTTP alive now.",
  );
  expect(run({ host: "web01", service: "" })).toBe("The core was asked to check web01 now.");
  const bytes = Buffer.alloc(1000);
  expect(bytes.toString("utf8", 0, readSync(core, bytes))).toBe(
    `[${SECOND}] SCHEDULE_FORCED_SVC_CHECK;größe;HTTP alive;${SECOND}\n` +
      `[${SECOND}] SCHEDULE_FORCED_HOST_CHECK;web01;${SECOND}\n`,
  );
});

test("names cannot become other commands; a core that does not read is said", (context) => {
  const path = join(tmpFolder(context), "naemon.cmd");
  writeFileSync(path, "");
  const run = runNow(path, () => SECOND);
  const names = ["a;b", "a\n[1] SHUTDOWN_PROGRAM;1", "a\rb", "a\0b", ""];
  for (const host of names) expect(() => run({ host, service: "x" }), host).toThrow("a host is needed");
  expect(() => run({ host: "a", service: "x\nSHUTDOWN_PROGRAM" })).toThrow("a host is needed");
  expect(() => run({ host: "a" })).toThrow("it is no named pipe");
  expect(readFileSync(path, "utf8")).toBe("");
  execFileSync("mkfifo", [`${path}2`]);
  const unread = runNow(`${path}2`, () => SECOND);
  expect(() => unread({ host: "a" })).toThrow(
    /^the core does not take commands at .*cmd2: a FIFO that no process reads/,
  );
  expect(() => runNow(`${path}3`, () => SECOND)({ host: "a" })).toThrow("no such file or directory");
});
