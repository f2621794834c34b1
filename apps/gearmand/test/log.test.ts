import { LogError, type SyslogSink } from "@mod-gearman/observe";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { quiet, run, TestWorld } from "./world.ts";

const withoutStamp = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/\d{4}-\S+ \S+ /, ""));

test("--syslog logs the same lines as gearmand, and the end waits for them", async (context) => {
  const lines: string[] = [];
  const sink: SyslogSink = {
    addsTimeAndPid: true,
    write: (line, level) => lines.push(`${level}: ${line}`),
    reopen: () => undefined,
    close: async () => {
      await Promise.resolve();
      lines.push("closed");
    },
  };
  const world = new TestWorld();
  const asked: { onProblem: (error: Error) => void; pid: number }[] = [];
  world.openSyslog = (onProblem, pid) => {
    asked.push({ onProblem, pid });
    return sink;
  };
  const ended = run(quiet(tmpFolder(context), "--syslog", "--verbose=INFO"), world);
  await world.isListening;
  asked[0]?.onProblem(new Error("error writing to syslog: gone"));
  world.wish("stop");
  expect(await ended).toBe(0);
  expect(asked.map(({ pid }) => pid)).toEqual([4711]);
  expect(withoutStamp(lines[0] ?? "")).toEqual([
    "info:    INFO [  main ] Starting up with pid 4711, verbose is set to INFO",
  ]);
  expect(withoutStamp(lines.slice(-2).join("\n"))).toEqual([
    "info:    INFO [  main ] Shutdown complete",
    "closed",
  ]);
  expect(withoutStamp(world.logged)).toContain("  ERROR [  main ] error writing to syslog: gone");
  const toStderr = world.logged.trimEnd().split("\n");
  expect(toStderr.filter((line) => !line.includes("gone"))).toEqual(
    lines.slice(0, -1).map((line) => line.replace(/^\w+: /, "")),
  );
});

test("without logger the log file continues alone, which is logged", async (context) => {
  const world = new TestWorld();
  world.openSyslog = () => {
    throw new LogError("CANNOT_RUN", "logger");
  };
  const ended = run(quiet(tmpFolder(context), "--syslog", "--verbose=WARNING"), world);
  await world.isListening;
  world.wish("stop");
  expect(await ended).toBe(0);
  expect(withoutStamp(world.logged)).toEqual(["WARNING [  main ] --syslog has no effect: cannot run logger"]);
});

test("without log file and logger stderr gets the warning", async (context) => {
  const world = new TestWorld();
  world.openSyslog = () => {
    throw new LogError("CANNOT_RUN", "logger");
  };
  const argv = quiet(tmpFolder(context), "--syslog", "--log-file=none", "--verbose=WARNING");
  const ended = run(argv, world);
  await world.isListening;
  world.wish("stop");
  expect(await ended).toBe(0);
  expect(withoutStamp(world.logged)).toEqual(["WARNING [  main ] --syslog has no effect: cannot run logger"]);
});
