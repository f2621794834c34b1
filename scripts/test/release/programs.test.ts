import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Program, releaseScript } from "./release-script.ts";

const { packagedLauncher, programs } = await releaseScript<{
  packagedLauncher(text: string, node: string): string;
  readonly programs: readonly Program[];
}>("programs");
const { packages } = await releaseScript<{ packages: Readonly<Record<string, object>> }>("packages");
const { programsOf } = await releaseScript<{
  programsOf(app: string, manifest: { readonly bin?: object; readonly packaging?: object }): Program[];
}>("../programs");
const NODE = "/opt/bin/node";

test("a tool starts with the packaged node", () =>
  expect(packagedLauncher("#!/usr/bin/env node\nimport 'node:fs';\n", NODE)).toBe(
    "#!/opt/bin/node\nimport 'node:fs';\n",
  ));

test.for(["exec node", "exec -a gearmand node"])(
  "a program whose shell says '%s' starts with it too",
  (line) => {
    const rest = `--flag "$0" "$@"\n*/;\nexec node is text here\n`;
    expect(packagedLauncher(`#!/bin/sh\n":" /*\n${line} ${rest}`, NODE)).toBe(
      `#!/bin/sh\n":" /*\n${line.replace("node", NODE)} ${rest}`,
    );
  },
);

test.for(["#!/bin/sh\nnode x\n*/;\nexec node y", "console.log(1)\n"])(
  "%j is not taken for a launcher",
  (text) => expect(() => packagedLauncher(text, NODE)).toThrow("does not start node"),
);

test("a program goes into the package that its package.json names, else into that of the tools", () => {
  const bin = { mod_gearman_x: "./dist/main.js" };
  expect(programsOf("x", { bin })).toMatchObject([
    { command: "mod_gearman_x", package: "tools", addon: false },
  ]);
  expect(programsOf("x", { bin, packaging: { package: "worker", addon: true } })).toMatchObject([
    { app: "x", package: "worker", addon: true, sbin: false },
  ]);
  expect(programsOf("x", {})).toEqual([]);
  expect(() => programsOf("x", { bin, packaging: { pakage: "worker" } })).toThrow(
    "packaging.pakage is unknown",
  );
});

test.for(programs.map((program) => [program.command, program] as const))(
  "%s belongs to a package, and has the addon if its build copies it",
  ([, { app, package: owner, addon }]) => {
    expect(packages).toHaveProperty(owner);
    const build = new URL(`../../../apps/${app}/tsup.config.ts`, import.meta.url);
    expect(addon).toBe(readFileSync(build, "utf8").includes('"dist/prebuilds"'));
  },
);
