import { type ModuleOptions, nodeFiles } from "@mod-gearman/config";
import { LogError, type LogSink, nullSink } from "@mod-gearman/observe";
import { loadModule } from "@mod-gearman/program";
import { FakeSyslog } from "@mod-gearman/testkit";
import { expect, test } from "vitest";

import { BridgeLog } from "../src/bridge-log.ts";
import type { CoreLink } from "../src/link/core-link.ts";

class Lines implements LogSink {
  readonly lines: string[] = [];
  write(line: string): void {
    this.lines.push(line.replace(/^(\[[^\]]*\]){2}/, ""));
  }
  reopen(): void {}
  close(): void {}
}

function options(...words: string[]): ModuleOptions {
  const args = ["server=localhost", "encryption=no", ...words].join(" ");
  return loadModule(args, "/", nodeFiles).options;
}

/** A core that keeps the texts of LOG messages. */
function fakeCore() {
  const texts: string[] = [];
  const send = (message: { level: number; text: Buffer }) =>
    texts.push(`${message.level} ${message.text}`) > 0;
  return { texts, link: { send } as unknown as CoreLink };
}

test("logmode=syslog logs to syslog, with one logger over reloads", async () => {
  const own = new Lines();
  const core = fakeCore();
  const opened: { sink: FakeSyslog; onProblem: (error: Error) => void }[] = [];
  const log = new BridgeLog(own, nullSink, (onProblem) => {
    const sink = new FakeSyslog();
    opened.push({ sink, onProblem });
    return sink;
  });
  log.attach(core.link);
  log.configure(options("logmode=syslog"));
  log.info("one");
  log.debug("not shown");
  log.configure(options("logmode=syslog", "debug=1"));
  log.debug("two");
  opened[0]?.onProblem(new Error("error writing to syslog: gone"));
  log.configure(options("logmode=core"));
  log.warn("three");
  log.configure(options("logmode=syslog"));
  log.error("four");
  await log.close();
  expect(opened.map(({ sink }) => sink.lines)).toEqual([
    ["info: [INFO ] one", "debug: [DEBUG] two", "closed"],
    ["error: [ERROR] four", "closed"],
  ]);
  expect(core.texts).toEqual(["0 error writing to syslog: gone", "1 three"]);
  expect(own.lines).toEqual([]);
});

test("without logger the core's log is used, which is logged; without a core the own sink", async () => {
  const own = new Lines();
  const core = fakeCore();
  const log = new BridgeLog(own, nullSink, () => {
    throw new LogError("CANNOT_RUN", "logger");
  });
  log.configure(options("logmode=syslog"));
  log.attach(core.link);
  log.configure(options("logmode=syslog"));
  log.info("text");
  await log.close();
  const warning = "logmode syslog has no effect: cannot run logger";
  expect(own.lines).toEqual([`[WARN ] ${warning}`]);
  expect(core.texts).toEqual([`1 ${warning}`, "1 text"]);
});

test("text of a peer cannot add a line, a colour or an end to the core's log", () => {
  const core = fakeCore();
  const log = new BridgeLog(new Lines(), nullSink);
  log.attach(core.link);
  log.configure(options("logmode=core"));
  log.warn("a\nb\u001b[31m\0c\td\u009b1m");
  expect(core.texts).toEqual(["1 a\\nb\\x1b[31m\\x00c\\td\\x9b1m"]);
});

test("logmode=stdout goes to standard output; lines for a missing core go to standard error, except debugging lines", () => {
  const own = new Lines();
  const output = new Lines();
  const log = new BridgeLog(own, output);
  log.configure(options("logmode=stdout", "debug=2"));
  log.debug("one");
  log.configure(options("logmode=core", "debug=2"));
  log.debug("two");
  log.info("three");
  expect(output.lines).toEqual(["[DEBUG] one"]);
  expect(own.lines).toEqual(["[INFO ] three"]);
});
