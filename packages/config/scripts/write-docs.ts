/* Writes src/tables and docs/{options,man,completions,schema} out of the schemas: `pnpm docs:options` */
import { mkdirSync, writeFileSync } from "node:fs";
import { documents } from "./documents.ts";
import { tables } from "./tables.ts";

const folders = [
  { folder: new URL("../src/tables/", import.meta.url), files: tables() },
  { folder: new URL("../../../docs/", import.meta.url), files: documents() },
];
for (const { folder, files } of folders) {
  for (const { name, text } of files) {
    const file = new URL(name, folder);
    mkdirSync(new URL(".", file), { recursive: true });
    writeFileSync(file, text);
  }
}
