import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import type { LogError } from "../src/errors.ts";
import { createLogger } from "../src/logger.ts";
import { type SyslogSinkOptions, syslogSink } from "../src/syslog-sink.ts";
import { FakeLogger, ManualTimers } from "./fake-logger.ts";

function setUp(options: Partial<SyslogSinkOptions> = {}) {
  const timers = new ManualTimers();
  const loggers: FakeLogger[] = [];
  const problems: LogError[] = [];
  const sink = syslogSink({
    tag: "mod_gearman_worker",
    pid: 4711,
    timer: timers.timer,
    onProblem: (error) => problems.push(error),
    start: (_command, args) => {
      const logger = new FakeLogger(args);
      loggers.push(logger);
      return logger;
    },
    ...options,
  });
  return { timers, loggers, problems, sink };
}

test("each level has its priority; logger adds time and process id", async () => {
  const { sink, timers, loggers } = setUp();
  const logger = createLogger({ level: "trace", sink });
  timers.run();
  for (const level of ["error", "warn", "info", "debug", "trace"] as const) logger[level]("said\nso");
  await sink.close();
  expect(loggers[0]?.text.split("\n")).toEqual([
    "<11>[ERROR] said\\nso",
    "<12>[WARN ] said\\nso",
    "<14>[INFO ] said\\nso",
    "<15>[DEBUG] said\\nso",
    "<15>[TRACE] said\\nso",
    "",
  ]);
  expect(loggers[0]?.args).toEqual([
    "--tag=mod_gearman_worker",
    "--id=4711",
    "--prio-prefix",
    "--size=8192",
    "--priority=user.info",
    "--socket-errors=on",
  ]);
});

test("facility and socket can be chosen", async () => {
  const { sink, loggers } = setUp({ facility: "daemon", socket: "/run/other" });
  sink.write("plain");
  await sink.close();
  expect(loggers[0]?.text).toBe("<30>plain\n");
  expect(loggers[0]?.args.slice(-3)).toEqual([
    "--priority=daemon.info",
    "--socket-errors=on",
    "--socket=/run/other",
  ]);
});

test("a logger that ends at once loses no line and is reported once", async () => {
  const { sink, timers, loggers, problems } = setUp();
  sink.write("one", "error");
  loggers[0]?.fail("logger: socket /dev/log: No such file\u0007");
  await turn();
  expect(timers.delays).toEqual([1000]);
  timers.run();
  loggers[1]?.fail("again");
  await turn();
  expect(timers.delays).toEqual([2000]);
  timers.run();
  expect(problems.map(({ code, message }) => [code, message])).toEqual([
    ["CANNOT_SEND", "error writing to syslog: logger: socket /dev/log: No such file\\x07"],
  ]);
  expect(loggers[2]?.text).toBe("");
  timers.run(); // settled
  await sink.close();
  expect(loggers.map(({ text }) => text)).toEqual(["", "", "<12>(again; log lines may be lost)\n<11>one\n"]);
});

test("the wait before another start doubles up to a minute, and is reset by a stable logger", async () => {
  const { timers, loggers, problems } = setUp();
  const delays: number[] = [];
  for (let round = 0; round < 8; round += 1) {
    loggers.at(-1)?.emit("close", null, "SIGKILL");
    delays.push(...timers.delays);
    timers.run();
  }
  expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  expect(problems).toHaveLength(1);
  timers.run(); // settled
  timers.run(); // healthy
  loggers.at(-1)?.emit("close", 3, null);
  expect(timers.delays).toEqual([1000]);
  expect(problems.map((error) => error.message)).toEqual([
    "error writing to syslog: logger was ended by SIGKILL",
    "error writing to syslog: logger ended with code 3",
  ]);
});

test("bytes that the pipe did not accept go to the next logger", async () => {
  const { sink, timers, loggers } = setUp();
  timers.run();
  const [first] = loggers;
  if (first === undefined) throw new Error("none started");
  sink.write("taken");
  await turn();
  first.stuck = true;
  sink.write("stuck");
  sink.write("behind");
  first.emit("close", null, "SIGTERM");
  first.release(); // too late
  await turn();
  timers.run();
  timers.run();
  await sink.close();
  expect(loggers[1]?.text).toBe(
    "<12>(logger was ended by SIGTERM; log lines may be lost)\n<14>stuck\n<14>behind\n",
  );
});

test("a logger that does not read loses lines, which are counted; memory stays bounded", async () => {
  const { sink, timers, loggers } = setUp({ maxWaitingBytes: 30 });
  timers.run();
  const [logger] = loggers;
  if (logger === undefined) throw new Error("none started");
  logger.stuck = true;
  for (const line of ["0123456789", "0123456789", "c", "d"]) sink.write(line);
  logger.release();
  await turn();
  sink.write("e");
  await sink.close();
  expect(logger.text).toBe("<14>0123456789\n<14>0123456789\n<12>(2 log lines lost)\n<14>e\n");
});

test("losses are reported at the end too", async () => {
  const { sink, loggers } = setUp({ maxWaitingBytes: 8 });
  sink.write("ab");
  sink.write("cd");
  await sink.close();
  expect(loggers[0]?.text).toBe("<14>ab\n<12>(1 log lines lost)\n");
});

test("close flushes pending lines, and ends although logger does not", async () => {
  const { sink, timers, loggers } = setUp();
  const [logger] = loggers;
  if (logger === undefined) throw new Error("none started");
  logger.stuck = true;
  sink.write("last");
  const closed = sink.close();
  expect(sink.close()).toBe(closed);
  sink.write("after close");
  sink.reopen();
  expect(timers.delays).toEqual([1000]);
  timers.run();
  await closed;
  expect(logger.stdin.destroyed).toBe(true);
  expect(logger.text).toBe("");
});

test("close during the wait for another start tries once more", async () => {
  const { sink, timers, loggers } = setUp();
  loggers[0]?.emit("close", 1, null);
  sink.write("last");
  await sink.close();
  expect(loggers[1]?.text).toBe("<14>last\n");
  expect(timers.delays).toEqual([]);
});

test("close without pending lines starts no logger", async () => {
  const { sink, loggers } = setUp();
  loggers[0]?.emit("close", 1, null);
  await sink.close();
  expect(loggers).toHaveLength(1);
});

test("a start that throws or has no process is an error at first and a failure later", async () => {
  const noProcess = () => Object.assign(new FakeLogger([]), { pid: undefined });
  expect(() => setUp({ start: noProcess })).toThrow(
    expect.objectContaining({ name: "LogError", code: "CANNOT_RUN", message: "cannot run logger" }),
  );
  const throws = () => {
    throw new Error("spawn ENOMEM");
  };
  expect(() => setUp({ start: throws })).toThrow("cannot run logger: spawn ENOMEM");
  const loggers: FakeLogger[] = [];
  const { sink, timers, problems } = setUp({
    start: (_command, args) => {
      if (loggers.length > 0) throws();
      const logger = new FakeLogger(args);
      loggers.push(logger);
      return logger;
    },
  });
  loggers[0]?.emit("close", 1, null);
  timers.run();
  expect(timers.delays).toEqual([2000]);
  sink.write("lost with the process");
  await sink.close();
  expect(problems).toHaveLength(1);
});

test("errors of the pipe do not throw", async () => {
  const { sink, timers, loggers } = setUp();
  timers.run();
  loggers[0]?.emit("error", new Error("kill EPERM"));
  loggers[0]?.stdin.destroy(new Error("write EPIPE"));
  await turn();
  sink.write("waits");
  await turn();
  loggers[0]?.emit("close", null, "SIGPIPE");
  timers.run();
  await sink.close();
  expect(loggers[1]?.text).toBe("<14>waits\n");
});
