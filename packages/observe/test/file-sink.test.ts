import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test, vi } from "vitest";
import { LogError } from "../src/errors.ts";
import { fileSink } from "../src/file-sink.ts";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "observe-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test("creates missing folders and appends", () => {
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

test("reopen continues in a new file after rotation", () => {
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

test("a failing reopen is reported and keeps the old file", () => {
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

test("a full disk loses lines but never throws, and is reported once", () => {
  const problems: LogError[] = [];
  const sink = fileSink("/dev/full", { onProblem: (error) => problems.push(error) });
  sink.write("a");
  sink.write("b");
  sink.close();
  expect(problems.map((error) => error.code)).toEqual(["CANNOT_WRITE"]);
  expect(problems[0]).toBeInstanceOf(LogError);
});

test("log-below-proc: a folder that cannot be created is an error", () =>
  expect(() => fileSink("/proc/x/w.log")).toThrow(
    "error opening logfile: /proc/x/w.log: ENOENT: no such file or directory, mkdir '/proc/x'",
  ));

function fifo(): string {
  const path = join(folder(), "fifo");
  execFileSync("mkfifo", [path]);
  return path;
}

test("a FIFO without a reader is an error at once", () =>
  expect(() => fileSink(fifo())).toThrow(
    /^error opening logfile: .*: ENXIO: a FIFO that no process reads, open '/,
  ));

test("a FIFO with a slow reader never blocks; 1 MiB is held, the rest is counted", () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const path = fifo();
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  onTestFinished(() => closeSync(reader));
  const sink = fileSink(path);
  const line = "x".repeat(9_999);
  for (let index = 0; index < 200; index++) sink.write(`${line}${index % 10}`);
  let text = "";
  const piece = Buffer.alloc(65_536);
  const drain = () => {
    for (;;) {
      try {
        text += piece.toString("latin1", 0, readSync(reader, piece));
      } catch {
        return; // empty
      }
    }
  };
  for (let round = 0; round < 30; round++) {
    drain();
    vi.advanceTimersByTime(20);
  }
  sink.write("the last");
  drain();
  sink.close();
  const lines = text.trimEnd().split("\n");
  const lost = Number(/^\((\d+) log lines lost\)$/.exec(lines.at(-2) ?? "")?.[1]);
  expect(lines.at(-1)).toBe("the last");
  expect(lines.length - 2 + lost).toBe(200);
  expect(lines.length - 2).toBeGreaterThan(104); // 1 MiB and what the pipe holds
  expect(lines.slice(0, -2).every((one, index) => one === `${line}${index % 10}`)).toBe(true);
});

test("close gives a reader time, and reports the lost lines", () => {
  const path = fifo();
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  onTestFinished(() => closeSync(reader));
  const problems: LogError[] = [];
  const sink = fileSink(path, { onProblem: (error) => problems.push(error) });
  for (let index = 0; index < 3; index++) sink.write("x".repeat(49_999));
  const wait = vi.spyOn(Atomics, "wait").mockReturnValue("timed-out");
  onTestFinished(() => void vi.restoreAllMocks());
  sink.close();
  expect(wait).toHaveBeenCalledTimes(50);
  expect(problems.map((error) => error.message)).toEqual([
    `error writing logfile: ${path}: (2 log lines lost)`,
  ]);
});

test("a FIFO whose reader ends loses lines, counted for the next reader", () => {
  const path = fifo();
  const flags = constants.O_RDONLY | constants.O_NONBLOCK;
  const first = openSync(path, flags);
  const problems: LogError[] = [];
  const sink = fileSink(path, { onProblem: (error) => problems.push(error) });
  closeSync(first);
  sink.write("lost");
  sink.write("lost too");
  const second = openSync(path, flags);
  onTestFinished(() => closeSync(second));
  sink.write("seen");
  sink.close();
  const bytes = Buffer.alloc(100);
  expect(bytes.toString("latin1", 0, readSync(second, bytes))).toBe("(2 log lines lost)\nseen\n");
  expect(problems.map((error) => error.code)).toEqual(["CANNOT_WRITE"]);
});

/** A program that writes one line to the log at `path`. */
const SCRIPT = `import(process.argv[1]).then(({ fileSink }) => {
  const sink = fileSink(process.argv[2]);
  sink.write("line");
  sink.close();
});`;
const MODULE = fileURLToPath(new URL("../src/file-sink.ts", import.meta.url));

test.for(["/dev/stdout", "/dev/stderr", "link"])("%s where that is a pipe", async (name) => {
  const base = folder();
  symlinkSync("/dev/stdout", join(base, "link"));
  const path = name === "link" ? join(base, "link") : name;
  const child = spawn(process.execPath, ["--conditions=source", "-e", SCRIPT, MODULE, path]);
  const stream = name === "/dev/stderr" ? child.stderr : child.stdout;
  expect(Buffer.concat(await stream.toArray()).toString()).toBe("line\n");
});

test.for([1, 2])("descriptor %i that is a socket, which cannot be opened by name", async (fd) => {
  const server = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  const accepted = once(server, "connection") as Promise<[Socket]>;
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const name = fd === 1 ? "/dev/stdout" : "/dev/stderr";
  const redirect = `exec 3<>/dev/tcp/127.0.0.1/${port}; exec "$@" ${fd}>&3 3>&-`;
  const program = [process.execPath, "--conditions=source", "-e", SCRIPT, MODULE, name];
  const child = spawn("bash", ["-c", redirect, "bash", ...program], { stdio: "ignore" });
  const [socket] = await accepted;
  expect(Buffer.concat(await socket.toArray()).toString()).toBe("line\n");
  expect(await once(child, "close")).toEqual([0, null]);
});

test("/dev/null and a terminal are written", () => {
  for (const path of ["/dev/null", "/dev/ptmx"]) {
    const problems: LogError[] = [];
    const sink = fileSink(path, { onProblem: (error) => problems.push(error) });
    sink.write("line");
    sink.close();
    expect(problems).toEqual([]);
  }
});
