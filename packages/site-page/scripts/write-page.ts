/* Writes docs/schema/site.json: `pnpm --filter @mod-gearman/site-page page` */
import { mkdirSync, writeFileSync } from "node:fs";
import { generatedFiles } from "./generated-files.ts";

for (const { name, text } of await generatedFiles()) {
  const file = new URL(`../../../${name}`, import.meta.url);
  mkdirSync(new URL(".", file), { recursive: true });
  writeFileSync(file, text);
}
