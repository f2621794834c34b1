import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { hasLogger, startLogger } from "../src/logger-process.ts";
import { syslogSink } from "../src/syslog-sink.ts";

afterEach(() => vi.unstubAllEnvs());

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "observe-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A part of every Debian. */
const PERL = "perl";
const RECEIVER = `use strict; use Socket; $| = 1;
socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die; bind($s, pack_sockaddr_un($ARGV[0])) or die; print "ready\\n";
while (defined recv($s, my $text, 65536, 0)) { print "$text\\n" }`;

test("the logger of this machine delivers to a socket, one message per line", async () => {
  const socket = join(folder(), "log");
  const receiver = spawn(PERL, ["-e", RECEIVER, socket], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void receiver.kill());
  const lines = createInterface({ input: receiver.stdout })[Symbol.asyncIterator]();
  expect((await lines.next()).value).toBe("ready");
  const sink = syslogSink({ tag: "mod_gearman_worker", facility: "daemon", pid: 4711, socket });
  sink.write("zwö <0>is text", "error");
  sink.write("x".repeat(9000), "debug");
  sink.write("last", "warn");
  await sink.close();
  const got: string[] = [];
  for (let line = 0; line < 3; line += 1) got.push((await lines.next()).value ?? "");
  const shape = /^<(\d+)>\w{3} [ \d]\d \d\d:\d\d:\d\d (?:\S+ )?mod_gearman_worker\[4711\]: (.*)$/;
  expect(
    got.map((line) =>
      shape
        .exec(line)
        ?.slice(1)
        .map((part) => part.slice(0, 20)),
    ),
  ).toEqual([
    ["27", "zwö <0>is text"],
    ["31", "x".repeat(20)],
    ["28", "last"],
  ]);
  expect(got[1]).toMatch(/x \(\+1064 bytes\)$/);
});

test("without a syslog socket the error of logger is reported", async () => {
  const socket = join(folder(), "none");
  const problem = Promise.withResolvers<Error>();
  const sink = syslogSink({ tag: "t", socket, onProblem: problem.resolve });
  const keepAlive = setTimeout(() => undefined, 60_000);
  expect((await problem.promise).message).toBe(
    `error writing to syslog: logger: socket ${socket}: No such file or directory`,
  );
  clearTimeout(keepAlive);
  await sink.close();
});

test("no logger on PATH", () => {
  vi.stubEnv("PATH", folder());
  expect(() => syslogSink({ tag: "t" })).toThrow(expect.objectContaining({ code: "CANNOT_RUN" }));
});

test("logger inherits no environment and gets no signals of the terminal", async () => {
  const path = folder();
  const script = join(path, "logger");
  const lines = [
    "#!/bin/sh",
    `export -p > '${path}/env'`,
    "read -r line",
    "read -r pid name state parent group session rest < /proc/$$/stat",
    `echo "$line $pid $session" > '${path}/out'`,
  ];
  writeFileSync(script, `${lines.join("\n")}\n`);
  chmodSync(script, 0o755);
  vi.stubEnv("PATH", path);
  vi.stubEnv("SECRET", "hidden");
  vi.stubEnv("TZ", "UTC");
  const child = startLogger("logger", []);
  const ended = once(child as unknown as NodeJS.EventEmitter, "close");
  child.stdin?.end("line\n");
  await ended;
  const [line, pid, session] = readFileSync(`${path}/out`, "utf8").trim().split(" ");
  expect([line, session]).toEqual(["line", pid]);
  expect(readFileSync(`${path}/env`, "utf8")).not.toContain("SECRET");
});

test("logger is available if it is in PATH", () => {
  const path = folder();
  expect(hasLogger(`/not/there:${path}`)).toBe(false);
  writeFileSync(join(path, "logger"), "");
  chmodSync(join(path, "logger"), 0o644);
  expect(hasLogger(path)).toBe(false);
  chmodSync(join(path, "logger"), 0o755);
  expect(hasLogger(`/not/there:${path}`)).toBe(true);
});
