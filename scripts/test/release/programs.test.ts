import { expect, test } from "vitest";
import { releaseScript } from "./release-script.ts";

const { packagedLauncher } = await releaseScript<{ packagedLauncher(text: string, node: string): string }>(
  "programs",
);
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
