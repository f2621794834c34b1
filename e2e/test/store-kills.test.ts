import { join } from "node:path";

import { expect, test } from "vitest";

import { command } from "../src/command.ts";
import { skipWithout } from "../src/needs.ts";
import { root } from "../src/paths.ts";
import { STORE_NAMES, whyNoStore } from "../src/stores.ts";

/** `pnpm test:long` kills it 200 times with sqlite, 20 times with each other store. */
test.for(STORE_NAMES)(
  "%s: a server that is killed while clients submit loses no acknowledged job",
  {
    timeout: 180_000,
  },
  async (store, context) => {
    skipWithout(context, whyNoStore(store));
    const script = join(root, "e2e/faults/store-kills.ts");
    const kills = store === "libsqlite3" ? 8 : 3;
    const args = ["--conditions=source", script, "--store", store, "--kills", `${kills}`];
    const output = await command(process.execPath, args);
    expect(output).toMatch(
      new RegExp(`^kills ${kills}, each with [1-9]\\d* submits or more under way$`, "m"),
    );
    expect(output).toMatch(/acknowledged [1-9]\d{2,}, refused 0,/);
    expect(output).toContain("lost 0, wrongly repeated 0, foreign 0, left over 0\n");
  },
);
