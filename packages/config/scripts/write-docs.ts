/* Writes docs/options/*.md out of the schemas: `node packages/config/scripts/write-docs.ts` */
import { mkdirSync, writeFileSync } from "node:fs";
import { documents } from "./documents.ts";

const folder = new URL("../../../docs/options/", import.meta.url);
mkdirSync(folder, { recursive: true });
for (const { name, text } of documents()) writeFileSync(new URL(name, folder), text);
