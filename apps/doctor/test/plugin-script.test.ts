import { execFileSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { MAX_PLUGINS, pluginScript, readPluginProblems } from "../src/plugin-script.ts";

test("names what cannot run, starts nothing, and takes paths as they are", (context) => {
  const folder = tmpFolder(context);
  const file = (name: string, text: string | Buffer, mode = 0o755) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  };
  const trace = join(folder, "started");
  const paths = [
    file("fine", `#!/bin/sh\ntouch ${trace}\n`),
    file("with env", "#!/usr/bin/env sh\n"),
    file("binary", Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 0x23, 0x21])),
    file("it's", "#!/bin/none -x\n"),
    file("env", "#!/usr/bin/env -S no-such-program -w\n"),
    file("data", "x", 0o644),
    join(folder, "$(touch started)"),
  ];
  const output = execFileSync("/bin/sh", ["-c", pluginScript(paths)], { cwd: folder, encoding: "latin1" });
  expect(readPluginProblems(output)).toEqual([
    { kind: "no-interpreter", path: join(folder, "it's"), detail: "/bin/none" },
    { kind: "no-interpreter", path: join(folder, "env"), detail: "no-such-program" },
    { kind: "not-executable", path: join(folder, "data"), detail: "" },
    { kind: "missing", path: join(folder, "$(touch started)"), detail: "" },
  ]);
  expect(() => execFileSync("ls", [trace], { stdio: "pipe" })).toThrow();
});

test("a list that is too long is cut, output without its end says nothing", () => {
  const paths = Array.from({ length: MAX_PLUGINS + 1 }, (_, n) => `/p${n}.`);
  expect(pluginScript(paths)).toContain(`/p${MAX_PLUGINS - 1}.`);
  expect(pluginScript(paths)).not.toContain(`/p${MAX_PLUGINS}.`);
  expect(readPluginProblems("missing\t/a\t\n")).toBeUndefined();
});
