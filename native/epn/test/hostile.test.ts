// @module-tag slow
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createConnection } from "node:net";
import { type TestContext, tmpFolder, waitFor } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { epnScript } from "../src/index.ts";
import {
  answerOf,
  type EpnResult,
  type EpnServer,
  isRunning,
  plainEnv,
  readPid,
  startEpn,
} from "./epn-server.ts";

// Faulty plugins and clients. After each, the server runs a correct plugin.

async function stillFine(server: EpnServer): Promise<void> {
  const bin = server.plugin("good.pl", "print 'good'; exit 0;");
  expect(await server.run({ bin })).toMatchObject({ rc: 0, stdout: "good" });
}

const source = {
  kill: "$| = 1; print 'x'; kill $ARGV[0] => $$; sleep 60;",
  stubborn: "$SIG{TERM} = $SIG{INT} = 'IGNORE'; $| = 1; print 'x'; sleep 1 while 1;",
  daemon:
    "$| = 1; use POSIX (); if (!fork) { POSIX::setsid(); exec 'sleep', '600' if !fork; POSIX::_exit(0) } print 'started ', wait > 0 ? 1 : 0; exit 1;",
};

test.for([
  ["KILL", 9],
  ["SEGV", 11],
  ["ABRT", 6],
])("killed by %s", async ([name, signal], context) => {
  const server = await startEpn(context);
  const bin = server.plugin("kill.pl", source.kill);
  expect(await server.run({ bin, args: [`${name}`] })).toMatchObject({
    rc: 3,
    signal,
    stdout: "x",
    forked: 1,
  });
  await stillFine(server);
});

test("100 MB of output is cut, drained and counted", async (context) => {
  const server = await startEpn(context);
  const bin = server.plugin(
    "much.pl",
    "my $x = 'x' x 100_000; for (1 .. 1000) { print $x } print STDERR 'end'; exit 0;",
  );
  const result = await server.run({ bin, maxOutput: 1_000_000 });
  expect(result).toMatchObject({ rc: 0, truncated: 99_000_000, stderr: "end" });
  expect(result.stdout.length).toBe(1_000_000);
  const whole = await server.run({ bin, timeout: 600 });
  expect([whole.stdout.length, whole.truncated]).toEqual([10_485_760, 100_000_000 - 10_485_760]);
  await stillFine(server);
});

test("a plugin that ignores TERM is killed a second later", async (context) => {
  const server = await startEpn(context);
  const bin = server.plugin("stubborn.pl", source.stubborn);
  expect(await server.run({ bin, timeout: 3 })).toMatchObject({
    rc: 3,
    signal: 9,
    timedout: 1,
    stdout: "x",
  });
  await stillFine(server);
});

test("a process that keeps the streams open does not delay the answer", async (context) => {
  const server = await startEpn(context);
  const bin = server.plugin("daemon.pl", source.daemon);
  expect(await server.run({ bin, timeout: 600, env: { PATH: process.env.PATH ?? "" } })).toMatchObject({
    rc: 1,
    stdout: "started 1",
    timedout: 0,
  });
});

test.for([
  ["exit", "BEGIN { print 'no module'; exit 2 }"],
  ["POSIX::_exit", "use POSIX (); BEGIN { POSIX::_exit(0) }"],
  ["kill", "BEGIN { kill KILL => $$ }"],
  ["die", "BEGIN { die 'no module' }"],
  ["a syntax error in the last line", "print 'never';\n}"],
])("%s at compile time", async ([, text], context) => {
  const server = await startEpn(context);
  const bin = server.plugin("begin.pl", `${text}`);
  const { error, rc, stdout } = await server.run({ bin });
  expect({ error, rc }).toEqual({ error: "compile", rc: 3 });
  expect(stdout.startsWith(`**ePN: failed to compile ${bin}: `)).toBe(true);
  expect(stdout).not.toContain("never");
  await stillFine(server);
});

test("a compile that hangs delays no other plugin, and is ended", async (context) => {
  const server = await startEpn(context);
  const bin = server.plugin("hangs.pl", "BEGIN { 1 while 1 } exit 0;");
  const hanging = server.run({ bin });
  await stillFine(server);
  expect(await hanging).toMatchObject({
    error: "compile",
    stdout: expect.stringContaining("longer than 10 seconds"),
  });
});

/** A plugin that starts a helper while it is compiled, and then hangs. */
function hangWithHelper(context: TestContext, server: EpnServer): { bin: string; helper: Promise<number> } {
  const mark = `${server.folder}/helper`;
  const tell = `open my $f, '>', '${mark}.new'; print $f $p; close $f; rename '${mark}.new', '${mark}'`;
  const begin = `if (my $p = fork) { ${tell} } $SIG{TERM} = 'IGNORE'; sleep 1 while 1`;
  const bin = server.plugin("hangs.pl", `BEGIN { ${begin} } exit 0;`);
  const helper = waitFor("the helper", () => existsSync(mark) && Number(readFileSync(mark, "utf8")));
  context.onTestFinished(async () => {
    const pid = await helper;
    if (isRunning(pid)) process.kill(pid, "SIGKILL");
  });
  return { bin, helper };
}

test("a compile that hangs leaves no process", async (context) => {
  const server = await startEpn(context);
  const { bin, helper } = hangWithHelper(context, server);
  expect(await server.run({ bin })).toMatchObject({ error: "compile" });
  const pid = await helper;
  await waitFor("end of the helper", () => !isRunning(pid));
});

test("a server that ends while a plugin is compiled leaves no process of it", async (context) => {
  const server = await startEpn(context);
  const { bin, helper } = hangWithHelper(context, server);
  const answer = server.run({ bin }).catch(() => undefined);
  const pid = await helper;
  server.process.kill("SIGINT");
  expect(await server.ended).toBe(0);
  await waitFor("end of the helper", () => !isRunning(pid));
  await answer;
});

const reapers = [
  ["a handler", "use POSIX (); BEGIN { $SIG{CHLD} = sub { 1 while waitpid(-1, POSIX::WNOHANG()) > 0 } }"],
  ["IGNORE", "BEGIN { $SIG{CHLD} = 'IGNORE' }"],
  [
    "sigaction",
    "use POSIX (); BEGIN { POSIX::sigaction(POSIX::SIGCHLD(), POSIX::SigAction->new(sub { wait })) }",
  ],
] as const;

test.for(reapers)("SIGCHLD set at compile time (%s) loses no run", async ([, begin], context) => {
  const server = await startEpn(context);
  const bin = server.plugin("reaps.pl", `${begin} print 'x'; exit 2;`);
  for (let i = 0; i < 5; i++) expect(await server.run({ bin })).toMatchObject({ rc: 2, stdout: "x" });
});

test("a run whose exit status is lost is returned to the worker, and nothing waits for it", async (context) => {
  const server = await startEpn(context);
  const bin = server.plugin(
    "reaps.pl",
    "BEGIN { $SIG{USR1} = sub { waitpid -1, 0 } } kill 'USR1', getppid; select undef, undef, undef, 0.2; exit 0;",
  );
  expect(await server.run({ bin })).toMatchObject({ rc: 3, error: "fork" });
  await stillFine(server);
});

test("a first line with another program runs nothing", async (context) => {
  const server = await startEpn(context);
  const bin = server.plugin("shell.sh", `#!/bin/sh\ntouch ${server.folder}/touched\n`);
  expect(await server.run({ bin })).toMatchObject({ error: "compile" });
  expect(existsSync(`${server.folder}/touched`)).toBe(false);
});

test("a client that disconnects ends its plugin", async (context) => {
  const server = await startEpn(context);
  const bin = server.plugin("sleeps.pl", "sleep 600; exit 0;");
  const client = await server.connect();
  client.write(`{"bin":"${bin}","protocol":2,"timeout":600}\n`);
  const pid = await readPid(client);
  client.destroy();
  await waitFor("end of the plugin", () => !isRunning(pid));
  await stillFine(server);
});

test("a client that closes only its own side gets its answer", async (context) => {
  const server = await startEpn(context);
  const bin = server.plugin("waits.pl", "select undef, undef, undef, 1.5; print 'done'; exit 0;");
  const client = await server.connect();
  client.end(`{"bin":"${bin}","protocol":2,"timeout":600}\n`);
  const pid = await readPid(client);
  expect(pid).toBeGreaterThan(1);
  const chunks: string[] = [];
  client.on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
  await once(client, "close");
  expect(chunks.join("")).toContain('"stdout":"done"');
});

test("a client that sends nothing, and one that does not read, delay no other", async (context) => {
  const server = await startEpn(context);
  const much = server.plugin("much.pl", "print 'x' x 5_000_000; exit 0;");
  const silent = await server.connect();
  const slow = await server.connect();
  slow.pause();
  slow.write(`{"bin":"${much}","protocol":2}\n`);
  await stillFine(server);
  let answer = "";
  silent.on("data", (chunk: Buffer) => (answer += chunk.toString()));
  await once(silent, "close");
  expect(answer).toContain("**ePN: invalid request: not received in time");
  slow.destroy();
});

test("200 concurrent clients", async (context) => {
  const server = await startEpn(context);
  const bin = server.plugin("id.pl", "select undef, undef, undef, 0.2; print $ARGV[0]; exit 0;");
  const answers: Promise<EpnResult>[] = [];
  for (let i = 0; i < 200; i++) answers.push(server.run({ bin, args: [`${i}`], timeout: 600 }));
  const results = await Promise.all(answers);
  expect(results.map(({ rc, stdout }) => `${rc}:${stdout}`)).toEqual(results.map((_, i) => `0:${i}`));
});

test("no zombie and no descriptor remains", async (context) => {
  const server = await startEpn(context);
  const bin = server.plugin("quick.pl", "exit 0;");
  await server.run({ bin });
  const pid = server.process.pid ?? 0;
  const prepared = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").trim();
  const count = (): string => [`${pid}`, prepared].map((id) => readdirSync(`/proc/${id}/fd`).length).join();
  const before = await waitFor("a quiet server", () => count());
  for (let i = 0; i < 20; i++) await server.run({ bin });
  await waitFor("as many descriptors as before", () => count() === before);
  expect(readFileSync(`/proc/${prepared}/task/${prepared}/children`, "latin1").trim()).toBe("");
});

test("a killed server: its plugins end", async (context) => {
  const server = await startEpn(context);
  const bin = server.plugin("stubborn.pl", source.stubborn);
  const client = await server.connect();
  client.on("error", () => undefined);
  client.write(`{"bin":"${bin}","protocol":2,"timeout":600}\n`);
  const pid = await readPid(client);
  server.process.kill("SIGKILL");
  expect(await server.ended).toBe("SIGKILL");
  await waitFor("end of the plugin", () => !isRunning(pid));
  const again = spawn("perl", [epnScript(), server.socketPath], {
    env: plainEnv,
    stdio: ["pipe", "pipe", "inherit"],
  });
  context.onTestFinished(() => void again.kill("SIGINT"));
  const [line] = await once(again.stdout, "data"); // the path is still occupied by the dead socket
  expect(String(line)).toBe("ready\n");
});

test("out of descriptors: waits until some are free, then continues", async (context) => {
  const folder = tmpFolder(context);
  const command = `ulimit -n 24; exec perl "${epnScript()}" -c "${folder}/s"`;
  const child = spawn("sh", ["-c", command], { env: plainEnv, stdio: ["pipe", "pipe", "pipe"] });
  context.onTestFinished(() => void child.kill("SIGINT"));
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  await once(child.stdout, "data");
  const clients = Array.from({ length: 40 }, () => createConnection(`${folder}/s`));
  await waitFor("a complaint", () => errors.includes("cannot accept a connection: Too many open files"));
  for (const client of clients) client.destroy();
  const last = createConnection(`${folder}/s`);
  expect(await answerOf(last, `{"bin":"${folder}/none.pl","protocol":2}`)).toContain('"error":"open"');
});
