// @module-tag slow
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { WorkerProcess } from "./worker-process.ts";

const dist = fileURLToPath(new URL("../dist", import.meta.url));

test("dist contains the Perl server", async (context) => {
  const folder = tmpFolder(context);
  cpSync(dist, folder, { recursive: true });
  const plugin = join(folder, "plugin");
  writeFileSync(plugin, '#!/usr/bin/perl\n# nagios: +epn\nprint "fine\\n";\n', { mode: 0o755 });
  const command = [process.execPath, join(folder, "main.js")];
  const worker = new WorkerProcess(context, ["testcmd", plugin], process.env, command);
  expect(await worker.ended).toBe(3); // only the embedded interpreter requires an exit()
  expect(worker.log).toBe(`**ePN: ${plugin}: plugin did not call exit()\nfine\n`);
});

test("dist contains the native spawner", async (context) => {
  const folder = tmpFolder(context);
  cpSync(dist, folder, { recursive: true });
  const command = [process.execPath, join(folder, "main.js")];
  // limits need the native spawner; without it this is an error
  const args = ["--limit_open_files=64", "testcmd", "/bin/sh", "-c", "ulimit -n"];
  const worker = new WorkerProcess(context, args, process.env, command);
  expect(await worker.ended).toBe(0);
  expect(worker.log).toBe("64\n");
});
