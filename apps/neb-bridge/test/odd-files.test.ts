// @module-tag slow
import { execFileSync } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, tmpFolder, waitFor } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { bridge, logged, served } from "./built-bridge.ts";

function fifo(context: TestContext): string {
  const path = join(tmpFolder(context), "fifo");
  execFileSync("mkfifo", [path]);
  return path;
}

test.for(["--config", "--keyfile"])(
  "%s that is a FIFO without a writer: exit code 2 and the reason",
  async (option, context) => {
    const path = fifo(context);
    const args = ["--check-config", "--server=127.0.0.1", "--encryption=yes", `${option}=${path}`];
    const { code, stderr } = await bridge.run(context, args);
    expect(code).toBe(2);
    expect(stderr).toContain(`could not open file: ${path}: A FIFO that no process writes`);
  },
);

test("a socket path that is a FIFO: exit code 1 and the reason", async (context) => {
  const path = fifo(context);
  expect(await bridge.run(context, [`--bridge-socket=${path}`])).toMatchObject({
    code: 1,
    stderr: `Error: ${path} exists and is not a socket\n`,
  });
});

test("log-below-proc: a log that cannot be opened is reported to the core", async (context) => {
  const shim = await served(context, "server=127.0.0.1:1 encryption=no logfile=/proc/x/y");
  await waitFor("a line", () =>
    logged(shim).some((text) => text.includes("error opening logfile: /proc/x/y")),
  );
});

test("the module's configuration and key behind symbolic links", async (context) => {
  const folder = tmpFolder(context);
  writeFileSync(join(folder, "data"), "server=127.0.0.1:1\nkeyfile=key\n");
  writeFileSync(join(folder, "secret"), "a key of more than 16 bytes\n", { mode: 0o600 });
  symlinkSync("data", join(folder, "module.conf"));
  symlinkSync("secret", join(folder, "key"));
  const shim = await served(context, `config=${join(folder, "module.conf")}`);
  await waitFor("settings", () => shim.all("SETTINGS").length > 0);
});
