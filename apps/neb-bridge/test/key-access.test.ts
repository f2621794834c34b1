// @module-tag slow
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpFolder, waitFor } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { bridge, logged, served } from "./built-bridge.ts";

const KEY = "a key of more than 16 bytes";

test.for([
  ["keyfile", `${KEY}\n`],
  ["config", `key=${KEY}\n`],
] as const)(
  "a key in %s= that all may read: once in the core's log, and with --check-config",
  async ([option, content], context) => {
    const path = join(tmpFolder(context), "file");
    writeFileSync(path, content);
    chmodSync(path, 0o644);
    const text = `every user may read ${path}, which holds a key (mode 0644)`;
    const args = ["--server=127.0.0.1:1", `--${option}=${path}`, "--check-config"];
    expect((await bridge.run(context, args)).stdout).toContain(text);
    const shim = await served(context, `server=127.0.0.1:1 ${option}=${path}`);
    await waitFor("settings", () => shim.all("SETTINGS").length > 0);
    expect(logged(shim).filter((line) => line.includes(text))).toHaveLength(1);
    chmodSync(path, 0o640);
    expect((await bridge.run(context, args)).stdout).not.toContain("which holds a key");
  },
);
