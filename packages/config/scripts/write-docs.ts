/* Writes docs/{options,man,completions} out of the schemas: `node packages/config/scripts/write-docs.ts` */
import { mkdirSync, writeFileSync } from "node:fs";
import { documents } from "./documents.ts";

const docs = new URL("../../../docs/", import.meta.url);
for (const { name, text } of documents()) {
  const file = new URL(name, docs);
  mkdirSync(new URL(".", file), { recursive: true });
  writeFileSync(file, text);
}
