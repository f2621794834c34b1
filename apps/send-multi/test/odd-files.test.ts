// @module-tag slow
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, takingServer, tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { sender } from "./built-program.ts";

function fifo(context: TestContext, folder: string = tmpFolder(context)): string {
  const path = join(folder, "fifo");
  execFileSync("mkfifo", [path]);
  return path;
}

const ARGS = ["--host=h", "--encryption=no"];
const INPUT = {
  stdin: Buffer.from(
    "<CHILD><no>1</no><name>a</name><rc>0</rc><runtime>0.5</runtime><output>fine</output><error></error></CHILD>",
  ),
};

test.for(["--config", "--keyfile"])(
  "%s that is a FIFO without a writer: the reason, exit code 3",
  async (option, context) => {
    const path = fifo(context);
    const { code, stderr } = await sender.run(
      context,
      [...ARGS, "--server=127.0.0.1:1", `${option}=${path}`],
      INPUT,
    );
    expect(code).toBe(3);
    expect(stderr).toContain(`could not open file: ${path}: A FIFO that no process writes`);
  },
);

test("configuration and key behind symbolic links are read", async (context) => {
  const { address, jobs } = await takingServer(context);
  const folder = tmpFolder(context);
  writeFileSync(join(folder, "data"), `server=${address}\nkeyfile=key\nencryption=yes\n`);
  writeFileSync(join(folder, "secret"), "a key of more than 16 bytes\n", { mode: 0o600 });
  symlinkSync("data", join(folder, "sender.cfg"));
  symlinkSync("secret", join(folder, "key"));
  const { code } = await sender.run(context, [...ARGS, `--config=${join(folder, "sender.cfg")}`], INPUT);
  expect(code).toBe(0);
  expect(jobs()).toHaveLength(1);
});

test("fifo-lock: a spool whose lock is a FIFO is refused with the reason, the result is sent", async (context) => {
  const { address, jobs } = await takingServer(context);
  const folder = join(tmpFolder(context), "spool");
  mkdirSync(folder, { mode: 0o700 });
  execFileSync("mkfifo", [join(folder, "lock")]);
  writeFileSync(join(folder, "0000000000000000.spool"), "MGSPOOL1"); // left by an earlier call
  const args = [...ARGS, `--server=${address}`, `--spool=${folder}`];
  const { code, stderr } = await sender.run(context, args, INPUT);
  expect(code).toBe(0);
  expect(stderr).toContain("not a regular file but a FIFO");
  expect(jobs()).toHaveLength(1);
  expect(readdirSync(folder).sort()).toEqual(["0000000000000000.spool", "lock"]);
});

test("a spool below /proc is refused with the reason, the result is sent", async (context) => {
  const { address, jobs } = await takingServer(context);
  const { code } = await sender.run(context, [...ARGS, `--server=${address}`, "--spool=/proc/x/y"], INPUT);
  expect(code).toBe(0);
  expect(jobs()).toHaveLength(1);
});
