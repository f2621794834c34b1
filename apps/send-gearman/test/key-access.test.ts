// @module-tag slow
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { sender } from "./built-program.ts";

const ARGS = ["--server=127.0.0.1:1", "--host=h", "--service=s", "--message=x", "--encryption=yes"];
const KEY = "a key of more than 16 bytes";

test.for([
  ["keyfile", `${KEY}\n`],
  ["config", `key=${KEY}\n`],
] as const)(
  "a key in --%s that all may read: said with --check-config and debug, not at every call",
  async ([option, content], context) => {
    const path = join(tmpFolder(context), "file");
    writeFileSync(path, content);
    chmodSync(path, 0o644);
    const args = [...ARGS, `--${option}=${path}`];
    const text = `every user may read ${path}, which holds a key (mode 0644)`;
    const called = async (...more: string[]) => (await sender.run(context, [...args, ...more])).stderr;
    expect((await sender.run(context, [...args, "--check-config"])).stdout).toContain(text);
    expect(await called("--debug=1")).toContain(`${text}\n`);
    expect(await called()).not.toContain(path);
    chmodSync(path, 0o640);
    expect(await called("--debug=1")).not.toContain(path);
  },
);
