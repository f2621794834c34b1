// @module-tag slow
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpFolder, waitFor } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { epnScript } from "../src/index.ts";
import {
  answerOf,
  type EpnServer,
  isRunning,
  lastLine,
  plainEnv,
  readAll,
  readPid,
  startEpn,
} from "./epn-server.ts";

async function sleeping(
  server: EpnServer,
  source = "sleep 600; exit 0;",
): Promise<{ pid: number; answer: Promise<string> }> {
  const bin = server.plugin("sleeps.pl", source);
  const client = await server.connect();
  const answer = readAll(client);
  client.write(`{"bin":"${bin}","protocol":2,"timeout":600}\n`);
  return { pid: await readPid(client), answer };
}

test("the socket is accessible to its owner only", async (context) => {
  const server = await startEpn(context);
  expect(statSync(server.socketPath).mode & 0o777).toBe(0o600);
});

test("ends with its plugins when standard input is closed", async (context) => {
  const server = await startEpn(context);
  const { pid } = await sleeping(server);
  server.process.stdin.end();
  expect(await server.ended).toBe(0);
  await waitFor("end of the plugin", () => !isRunning(pid));
  expect(existsSync(server.socketPath)).toBe(false);
});

test("removes the folder that a worker has created for it: the worker may have been killed", async (context) => {
  const folder = join(tmpFolder(context), "mod-gearman-epn-1a2b3c");
  mkdirSync(folder);
  const server = await startEpn(context, [], folder);
  server.process.stdin.end();
  expect(await server.ended).toBe(0);
  expect(existsSync(folder)).toBe(false);
});

test("ends when another process becomes its parent", async (context) => {
  const folder = tmpFolder(context);
  const script = `"${epnScript()}" "${folder}/s" </dev/null >"${folder}/log" & echo $!; while ! grep -q ready "${folder}/log"; do sleep 0.05; done`;
  const { stdout } = spawnSync("sh", ["-c", `perl ${script}`], { env: plainEnv, encoding: "utf8" });
  await waitFor("end of the server", () => !isRunning(Number(stdout)));
  expect(existsSync(`${folder}/s`)).toBe(false);
});

test("SIGTERM: no new connections, running plugins may end", async (context) => {
  const server = await startEpn(context);
  const gate = `${server.folder}/gate`;
  const { answer } = await sleeping(
    server,
    `select undef, undef, undef, 0.05 until -e '${gate}'; print 'done'; exit 1;`,
  );
  server.process.kill("SIGTERM");
  await waitFor("end of the socket", () => !existsSync(server.socketPath));
  await expect(server.connect()).rejects.toThrow("ENOENT");
  expect(server.process.exitCode).toBeNull();
  writeFileSync(gate, "");
  expect(lastLine(await answer)).toMatchObject({ rc: 1, stdout: "done" });
  expect(await server.ended).toBe(0);
});

test("SIGTERM without running plugins ends it at once", async (context) => {
  const server = await startEpn(context);
  await server.run({ bin: server.plugin("x.pl", "exit 0;") });
  server.process.kill("SIGTERM");
  expect(await server.ended).toBe(0);
});

test("SIGINT ends plugins by TERM, and by KILL if they ignore it", async (context) => {
  const server = await startEpn(context);
  const { pid, answer } = await sleeping(server, "$SIG{TERM} = 'IGNORE'; sleep 1 while 1;");
  server.process.kill("SIGINT");
  expect(await server.ended).toBe(0);
  expect(lastLine(await answer)).toMatchObject({ rc: 3, signal: 9 });
  expect(isRunning(pid)).toBe(false);
  expect(existsSync(server.socketPath)).toBe(false);
});

test("a second server does not replace the socket of a living one", async (context) => {
  const server = await startEpn(context);
  const second = spawnSync("perl", [epnScript(), server.socketPath], { env: plainEnv, encoding: "utf8" });
  expect(second).toMatchObject({ status: 2, stdout: "" });
  expect(second.stderr).toContain("another server does");
  expect(await server.run({ bin: server.plugin("x.pl", "print 1; exit 0;") })).toMatchObject({ stdout: "1" });
});

test.for([
  ["no folder", "missing/s", "No such file"],
  ["a path too long", "x".repeat(200), "too long"],
] as const)("cannot listen: %s", ([, name, text], context) => {
  const path = join(tmpFolder(context), name);
  const { status, stderr } = spawnSync("perl", [epnScript(), path], { env: plainEnv, encoding: "utf8" });
  expect(status).toBe(2);
  expect(stderr).toContain(text);
});

test("a killed prepared process affects its own runs only", async (context) => {
  const server = await startEpn(context);
  const { answer } = await sleeping(server);
  const pid = server.process.pid;
  process.kill(Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").trim()), "SIGKILL");
  expect(lastLine(await answer)).toMatchObject({ rc: 3, error: "fork" });
  expect(await server.run({ bin: server.plugin("x.pl", "print 1; exit 0;") })).toMatchObject({ stdout: "1" });
});

test("the log contains plugins, no arguments or environment", async (context) => {
  const server = await startEpn(context, ["-c", "-v", "-vv"]);
  const bin = server.plugin("quiet.pl", "exit 0;");
  await server.run({ bin, args: ["secret1"], env: { A: "secret2" } });
  await answerOf(await server.connect(), "{secret3");
  expect(server.log()).toContain(bin);
  expect(server.log()).not.toContain("secret");
});

test("a log that is not read delays nothing", async (context) => {
  const server = await startEpn(context, ["-c", "-vv"]);
  server.process.stdout.pause();
  const bin = server.plugin(`${"long".repeat(50)}.pl`, "print 'x'; exit 0;");
  for (let i = 0; i < 600; i++) expect(await server.run({ bin })).toMatchObject({ rc: 0, stdout: "x" });
});

test("--run prints the output of the plugin and exits with its code", async (context) => {
  const server = await startEpn(context);
  const bin = server.plugin("once.pl", "print qq{out @ARGV\\n}; print STDERR qq{err\\n}; exit 2;");
  const once1 = spawnSync("perl", [epnScript(), "--run", "-c", "--", bin, "a b", "-v"], { encoding: "utf8" });
  expect(once1).toMatchObject({ status: 2, stdout: "out a b -v\n", stderr: "err\n" });
  const bad = spawnSync("perl", [epnScript(), "-r", "--", `${bin}x`], { encoding: "utf8" });
  expect(bad).toMatchObject({
    status: 3,
    stdout: `**ePN: failed to open ${bin}x: No such file or directory\n`,
  });
});

test("--run ends its plugin when interrupted", async (context) => {
  const server = await startEpn(context);
  const bin = server.plugin(
    "long.pl",
    "$| = 1; print STDERR $$; open my $f, '>', $ARGV[0]; print $f $$; close $f; sleep 600; exit 0;",
  );
  const file = `${server.folder}/pid`;
  const run = spawn("perl", [epnScript(), "-r", "--", bin, file], { stdio: "ignore" });
  const pid = Number(await waitFor("pid", () => existsSync(file) && readFileSync(file, "utf8")));
  run.kill("SIGINT");
  await once(run, "exit");
  expect(isRunning(pid)).toBe(false);
});

test.for([
  ["no socket", []],
  ["two sockets", ["a", "b"]],
  ["an unknown option", ["--what", "a"]],
  ["help", ["--help"]],
  ["nothing to run", ["-r", "--"]],
])("usage: %s", ([, args]) => {
  const { status, stdout, stderr } = spawnSync("perl", [epnScript(), ...(args as string[])], {
    encoding: "utf8",
  });
  expect(status).toBe(3);
  expect(stdout + stderr).toContain("Usage: mod_gearman_worker_epn.pl");
});
