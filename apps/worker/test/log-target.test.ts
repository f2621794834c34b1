import { nodeFiles, type WorkerOptions } from "@mod-gearman/config";
import { LogError } from "@mod-gearman/observe";
import { loadWorker } from "@mod-gearman/program";
import { FakeSyslog, tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { LogTarget } from "../src/log-target.ts";

class Output {
  text = "";
  readonly writableLength = 0;
  readonly destroyed = false;
  write(text: string): boolean {
    this.text += text;
    return true;
  }
}

function options(...argv: string[]): WorkerOptions {
  const request = loadWorker(["--server=localhost", "--encryption=no", "--services", ...argv], nodeFiles);
  if (!("options" in request) || "testcmd" in request) throw new Error("no settings");
  return request.options;
}

function setUp() {
  const streams = { stdout: new Output(), stderr: new Output() };
  const opened: { sink: FakeSyslog; onProblem: (error: Error) => void }[] = [];
  const log = new LogTarget(streams, (onProblem) => {
    const sink = new FakeSyslog();
    opened.push({ sink, onProblem });
    return sink;
  });
  return { streams, log, opened };
}

test("logmode=syslog logs to syslog, kept over reloads, with any logfile", async (context) => {
  const { streams, log, opened } = setUp();
  log.follow(options("--logmode=syslog", "--logfile=stderr"));
  log.logger.info("one");
  log.logger.debug("not shown");
  log.follow(options("--logmode=syslog", "--debug=1", `--logfile=${tmpFolder(context)}/none.log`));
  log.logger.debug("two");
  log.logger.warn("three");
  opened[0]?.onProblem(new Error("error writing to syslog: gone"));
  await log.close();
  expect(opened.map(({ sink }) => sink.lines)).toEqual([
    ["info: [INFO ] one", "debug: [DEBUG] two", "warn: [WARN ] three", "closed"],
  ]);
  expect(streams.stdout.text).toBe("");
  expect(streams.stderr.text).toBe("error writing to syslog: gone\n");
});

test("away from syslog and back: a new sink each time", async () => {
  const { streams, log, opened } = setUp();
  log.follow(options("--logmode=syslog"));
  log.follow(options("--logmode=stdout"));
  log.logger.info("plain");
  log.follow(options("--logmode=syslog", "--debug=3"));
  log.logger.info("debug 3 is stderr");
  log.follow(options("--logmode=syslog"));
  log.logger.error("back");
  await log.close();
  expect(opened.map(({ sink }) => sink.lines)).toEqual([["closed"], ["error: [ERROR] back", "closed"]]);
  expect(streams.stdout.text).toMatch(/^\[.*\] plain\n$/);
  expect(streams.stderr.text).toMatch(/^\[.*\] debug 3 is stderr\n$/);
});

test("without logger the log goes to stdout, after a warning", async () => {
  const streams = { stdout: new Output(), stderr: new Output() };
  const log = new LogTarget(streams, () => {
    throw new LogError("CANNOT_RUN", "logger");
  });
  log.follow(options("--logmode=syslog"));
  log.logger.info("text");
  await log.close();
  expect(streams.stdout.text.replaceAll(/^(\[[^\]]*\]){2}/gm, "")).toBe(
    "[WARN ] logmode syslog is not available, logging to stdout: cannot run logger\n[INFO ] text\n",
  );
});
