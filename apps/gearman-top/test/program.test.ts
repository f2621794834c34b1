// @module-tag slow
import { execFile } from "node:child_process";
import { cpSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { freePort, tmpFolder, waitFor } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { listening, timeless, top } from "./built-program.ts";
import { playing } from "./scene.ts";

const STATUS = "b\t3\t1\t2\na\t0\t0\t0\n";

test("-V and -h: exit code 0 (T18)", async (context) => {
  const version = await top.run(context, ["-V"]);
  expect(version).toMatchObject({ code: 0, stderr: "" });
  expect(version.stdout).toMatch(/^gearman_top: version \d+\.\d+\.\d+\n\n$/);
  const help = await top.run(context, ["-h"]);
  expect(help).toMatchObject({ code: 0, stderr: "" });
  expect(help.stdout).toContain("--hide-empty");
});

test.for<[string[], string]>([
  [["-z"], "Error - No such option: `z'"],
  [["-bz"], "Error - No such option: `z'"],
  [["-H", "host:port"], "port"],
  [["-i", "soon"], "interval"],
])("%j: one line, usage, exit code 3 (T15)", async ([args, text], context) => {
  const { code, stdout, stderr } = await top.run(context, args);
  expect([code, stdout]).toEqual([3, ""]);
  expect(stderr.split("\n")[0]).toContain(text);
  expect(stderr).toContain("Usage: gearman_top");
});

test("--check-config prints the settings in effect, exit code 0", async (context) => {
  const { code, stdout } = await top.run(context, ["--check-config", "-H", "some.host"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/host +=.*some\.host.*command line/);
});

test("IPv6 literals (T17)", async (context) => {
  const port = await freePort();
  const { stdout } = await top.run(context, ["-b", "-H", `[::1]:${port}`]);
  expect(timeless(stdout).split("\n")[0]).toBe(`<time>  -  [::1]:${port}`);
  expect(stdout).toContain(` failed to connect to address ::1 and port ${port}: `);
});

test("the server of the environment; -H has precedence", async (context) => {
  const { address } = await listening(context, playing({ status: STATUS }));
  const env = { CONFIG_GEARMAND_PORT: address };
  const { stdout } = await top.run(context, ["-b"], { env });
  expect(stdout).toContain(`-  ${address}  -  v1.1.20\n`);
  const other = `127.0.0.1:${await freePort()}`;
  const { stdout: given } = await top.run(context, ["-b", "-H", other], { env });
  expect(given).toContain(`-  ${other}\n`);
});

test("the server closes early, or answers with an error: no valid data (T2)", async (context) => {
  for (const answer of [
    "",
    "a\t0\t0",
    "a 1 0 1\n.\n",
    "a\t1\n.\n",
    "ERR UNKNOWN_COMMAND Unknown+server+command\r\n",
  ]) {
    const { address } = await listening(context, {
      onLine: (line, peer) => {
        if (line !== "status") return;
        peer.sendBytes(Buffer.from(answer));
        peer.end();
      },
    });
    const { code, stdout } = await top.run(context, ["-b", "-H", address]);
    expect([code, timeless(stdout)]).toEqual([
      0,
      `<time>  -  ${address}\n\n got no valid data from ${address}\n\n`,
    ]);
  }
});

test("no answer in time", async (context) => {
  const { address } = await listening(context, {});
  const { code, stdout } = await top.run(context, ["-b", "-t", "1", "-H", address]);
  expect(code).toBe(0);
  expect(stdout).toContain(`\n\n error reading from ${address} - Interrupted system call\n\n`);
});

test("no version: the queues without it (T1)", async (context) => {
  const { address } = await listening(context, {
    onLine: (line, peer) => {
      if (line !== "status") return;
      peer.sendBytes(Buffer.from(`${STATUS}.\n`));
      peer.end();
    },
  });
  const { stdout } = await top.run(context, ["-b", "-H", address]);
  expect(stdout).toContain(`-  ${address}\n\n Queue Name`);
  expect(stdout).toContain("\n b            |               2  |           2  |           1 \n");
});

test("-i: repeated; the version of a server that went down is kept (T6)", async (context) => {
  const scene = { status: STATUS };
  const { server, address } = await listening(context, playing(scene));
  const { child, output: read, ended } = top.start(context, ["-b", "-i", "0.02", "-H", address]);
  await waitFor("a third table", () => read().split("Queue Name").length > 3);
  await server.close();
  await waitFor("the server down", () => read().includes("Connection refused"));
  child.kill("SIGTERM");
  const { code, stdout } = await ended;
  expect(code).toBe(0);
  expect(stdout).toContain(`-  ${address}  -  v1.1.20\n\n failed to connect to address 127.0.0.1 and port`);
});

test.for(["SIGTERM", "SIGINT", "SIGHUP"] as const)("%s ends it at once with 0", async (signal, context) => {
  const { address } = await listening(context, playing({ status: STATUS }));
  const { child, output: read, ended } = top.start(context, ["-b", "-i", "3600", "-H", address]);
  await waitFor("a table", () => read().includes("Queue Name"));
  child.kill(signal);
  expect((await ended).code).toBe(0);
});

test("a closed output ends it with 0 and without a message", async (context) => {
  const { address } = await listening(context, playing({ status: STATUS }));
  const { child, output: read, ended } = top.start(context, ["-b", "-i", "0.01", "-H", address]);
  await waitFor("a table", () => read().includes("Queue Name"));
  child.stdout?.destroy();
  expect(await ended).toMatchObject({ code: 0, stderr: "" });
});

test("no terminal: printed once as with -b, reported on stderr", async (context) => {
  const { address } = await listening(context, playing({ status: STATUS }));
  const batch = await top.run(context, ["-b", "-H", address]);
  const piped = await top.run(context, ["-i", "5", "-H", address]);
  expect(timeless(piped.stdout)).toBe(timeless(batch.stdout));
  expect([piped.code, piped.stderr]).toEqual([
    0,
    "gearman_top: this is no terminal, printing once as with -b\n",
  ]);
});

test("control sequences in names and versions are not printed", async (context) => {
  const status = "\u001b[2J\u009b31mred\u202e\t1\t0\t1\nm\u00fcnchen\t0\t0\t1\n\u0007bell\u007f\t0\t0\t0\n";
  const { address } = await listening(context, playing({ status, version: "1\u001b]0;title\u0007" }));
  const { stdout } = await top.run(context, ["-b", "-H", address]);
  expect(stdout).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
  expect(stdout).toContain("-  v1?]0;title?\n");
  expect(stdout).toContain("\n ?[2J?31mred? |");
  expect(stdout).toContain("\n münchen     |");
});

test("-v: requests are reported on stderr", async (context) => {
  const { address } = await listening(context, playing({ status: STATUS }));
  const { stdout, stderr } = await top.run(context, ["-b", "-v", "-H", address]);
  expect(stderr).toMatch(new RegExp(`^gearman_top: ${address}: 2 queues \\(\\d+\\.\\d ms\\)\n$`));
  expect(stdout).toContain("Queue Name");
});

test("batch mode loads neither Ink nor React, and works without them", async (context) => {
  if (top.isExecutable) return; // all in one file
  const folder = tmpFolder(context);
  cpSync(dirname(top.main), folder, {
    recursive: true,
    filter: (path) => !/terminal-|devtools-|\.map$/.test(path),
  });
  const { address } = await listening(context, playing({ status: STATUS }));
  const { stdout } = await promisify(execFile)(process.execPath, [
    join(folder, "main.js"),
    "-b",
    "-H",
    address,
  ]);
  expect(stdout).toContain("Queue Name");
});
