import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { generatedFiles } from "../scripts/generated-files.ts";

test("generated files are up to date", async () => {
  for (const { name, text } of await generatedFiles())
    expect(readFileSync(new URL(`../../../${name}`, import.meta.url), "utf8"), name).toBe(text);
});
