// @module-tag slow
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpFolder, waitFor } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { listening } from "./built-program.ts";
import { BEFORE, Pane } from "./pane.ts";
import { playing } from "./scene.ts";

const STATUS = "service\t13\t5\t5\nhost\t1\t1\t2\ncheck_results\t0\t0\t1\norphan\t4\t0\t0\n";

test("no key is shown that was typed before the first screen, and none is lost", async (context) => {
  const { address } = await listening(context, playing({ status: STATUS }));
  const folder = tmpFolder(context);
  const [hook, reached, go] = [join(folder, "hook.cjs"), join(folder, "reached"), join(folder, "go")];
  const [started, goOn] = [join(folder, "started"), join(folder, "go-on")];
  writeFileSync(
    hook,
    `const { existsSync, writeFileSync } = require("node:fs");
    const word = new Int32Array(new SharedArrayBuffer(4));
    const hold = (at, until) => {
      writeFileSync(at, "");
      while (!existsSync(until)) Atomics.wait(word, 0, 0, 5);
    };
    hold("${started}", "${goOn}");
    require("node:module").registerHooks({
      load(url, context, next) {
        if (/\\/terminal-[^/]+[.]js$/.test(url)) hold("${reached}", "${go}");
        return next(url, context);
      },
    });`,
  );
  const pane = Pane.start(context, ["-H", address], { env: `NODE_OPTIONS='--require ${hook}'`, echo: true });
  await waitFor("the start of Node", () => existsSync(started) || undefined);
  pane.type("/or");
  await pane.shows("/or"); // nothing of the program has run
  writeFileSync(goOn, "");
  await waitFor("the user interface being loaded", () => existsSync(reached) || undefined);
  await pane.lacks("/or");
  pane.type("ph");
  writeFileSync(go, "");
  await pane.shows("filter: orph");
  pane.keys("Enter", "q");
  const lines = await pane.shows("exit code");
  expect(lines.filter((line) => line !== "")).toEqual([BEFORE, "exit code 0"]);
});
