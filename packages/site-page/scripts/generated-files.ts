import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";
import { PEEK_SCHEMA } from "../src/model/peek-schema.ts";
import { SNAPSHOT_SCHEMA } from "../src/model/schema.ts";

const client = (name: string): string => fileURLToPath(new URL(`../src/client/${name}`, import.meta.url));
const read = (name: string): string => readFileSync(client(name), "utf8");

/** Files that follow from the sources, by their path in the repository. */
export async function generatedFiles(): Promise<{ name: string; text: string }[]> {
  return [
    { name: "docs/schema/site.json", text: `${JSON.stringify(SNAPSHOT_SCHEMA, undefined, 2)}\n` },
    { name: "docs/schema/peeked-jobs.json", text: `${JSON.stringify(PEEK_SCHEMA, undefined, 2)}\n` },
    { name: "packages/site-page/src/assets/page-files.ts", text: await pageFiles() },
  ];
}

/** The page as strings, so that programs in one file have it, and run from source without a build. */
async function pageFiles(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [client("main.tsx")],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    charset: "ascii",
    legalComments: "none",
    jsx: "automatic",
    jsxImportSource: "preact",
    loader: { ".ts": "ts" },
  });
  const css = await transform(read("page.css"), { loader: "css", minify: true, target: "es2022" });
  const files = [
    { name: "PAGE_HTML", text: read("page.html").replace(/\n\s*/g, "\n") },
    { name: "PAGE_CSS", text: css.code },
    { name: "PAGE_ICON", text: read("icon.svg") },
    { name: "PAGE_SCRIPT", text: outputFiles[0]?.text ?? "" },
  ];
  const lines = files.map(({ name, text }) => `export const ${name} =\n  ${JSON.stringify(text)};\n`);
  return [
    "// Written from src/client by `pnpm --filter @mod-gearman/site-page page`; preact is in it (MIT, Jason Miller and others).\n",
    ...lines,
  ].join("");
}
