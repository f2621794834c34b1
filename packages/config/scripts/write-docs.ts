/* Writes src/tables, docs/{options,man,completions,schema} and packaging/{etc,examples} out of the schemas: `pnpm docs:options` */
import { mkdirSync, writeFileSync } from "node:fs";
import { documents } from "./documents.ts";
import { sampleFiles } from "./sample-file.ts";
import { tables } from "./tables.ts";

const folders = [
  { folder: new URL("../src/tables/", import.meta.url), files: tables() },
  { folder: new URL("../../../docs/", import.meta.url), files: documents() },
  { folder: new URL("../../../packaging/", import.meta.url), files: sampleFiles() },
];
for (const { folder, files } of folders) {
  for (const { name, text } of files) {
    const file = new URL(name, folder);
    mkdirSync(new URL(".", file), { recursive: true });
    writeFileSync(file, text);
  }
}
