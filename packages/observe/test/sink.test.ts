import { mkdtempSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { LogError } from "../src/errors.ts";
import { fileSink, nullSink, streamSink } from "../src/sink.ts";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "observe-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test("a file sink makes missing folders and appends", () => {
  const path = join(folder(), "deep/er/worker.log");
  const first = fileSink(path);
  first.write("one");
  first.close();
  const second = fileSink(path);
  second.write("zwö");
  second.close();
  second.write("after close");
  expect(readFileSync(path, "utf8")).toBe("one\nzwö\n");
  expect(statSync(path).mode & 0o133).toBe(0);
});

test("reopen follows a rotated file", () => {
  const path = join(folder(), "worker.log");
  const sink = fileSink(path);
  sink.write("old");
  renameSync(path, `${path}.1`);
  sink.write("still old");
  sink.reopen();
  sink.write("new");
  sink.close();
  expect(readFileSync(`${path}.1`, "utf8")).toBe("old\nstill old\n");
  expect(readFileSync(path, "utf8")).toBe("new\n");
});

test("a failing reopen is told and keeps the old file", () => {
  const base = folder();
  const path = join(base, "logs", "worker.log");
  const problems: LogError[] = [];
  const sink = fileSink(path, { onProblem: (error) => problems.push(error) });
  renameSync(join(base, "logs"), join(base, "away"));
  fileSink(join(base, "logs")).close(); // a file where the folder was
  sink.reopen();
  sink.write("kept");
  sink.close();
  expect(problems.map((error) => error.code)).toEqual(["CANNOT_OPEN"]);
  expect(readFileSync(join(base, "away", "worker.log"), "utf8")).toBe("kept\n");
});

test("a path that cannot be opened is an error with a code", () => {
  const path = folder();
  expect(() => fileSink(path)).toThrow(
    expect.objectContaining({ name: "LogError", code: "CANNOT_OPEN", path }),
  );
});

test("a full disk costs lines but never throws, and is told once", () => {
  const problems: LogError[] = [];
  const sink = fileSink("/dev/full", { onProblem: (error) => problems.push(error) });
  sink.write("a");
  sink.write("b");
  sink.close();
  expect(problems.map((error) => error.code)).toEqual(["CANNOT_WRITE"]);
  expect(problems[0]).toBeInstanceOf(LogError);
});

test("a stream that does not drain costs lines, which are counted", () => {
  const written: string[] = [];
  const stream = { writableLength: 0, destroyed: false, write: (text: string) => written.push(text) > 0 };
  const sink = streamSink(stream, { maxWaitingBytes: 10 });
  sink.write("a");
  stream.writableLength = 11;
  sink.write("b");
  sink.write("c");
  stream.writableLength = 0;
  sink.write("d");
  stream.destroyed = true;
  sink.write("e");
  expect(written).toEqual(["a\n", "(2 log lines lost)\n", "d\n"]);
});

test("a closed stream sink leaves the stream alone", () => {
  const written: string[] = [];
  const sink = streamSink({ writableLength: 0, destroyed: false, write: (text) => written.push(text) > 0 });
  sink.reopen();
  sink.close();
  sink.write("late");
  nullSink.write("nowhere");
  expect(written).toEqual([]);
});
