import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import { programRegistry } from "../src/schemas/registry.ts";
import type { GeneratedFile } from "./documents.ts";
import { everyNameTable, foreignTable } from "./foreign-names.ts";
import { helpOf, type Schema, schemas, tableOf } from "./programs.ts";

/** The tables that programs read their settings with, as TypeScript: a file per file of schemas, and one of all names. */
export function tables(): GeneratedFile[] {
  const ofSchemas = [...Map.groupBy(schemas, ({ file }) => file)].map(([file, group]) => {
    const [first] = group as [Schema, ...Schema[]]; // groups are not empty
    const names = group.map(({ prefix }) => `${prefix}Schema`);
    const withHelp = group.some(({ schema }) => programRegistry.get(schema)?.usage !== undefined);
    const text = [
      `// Generated from ../schemas/${file}.ts by \`pnpm docs:options\`; do not edit.`,
      'import type { z } from "zod";',
      ...(withHelp ? ['import type { ProgramHelp } from "../help.ts";'] : []),
      'import type { OptionTable } from "../option-row.ts";',
      `import type { ${names.join(", ")} } from "../schemas/${file}.ts";`,
      ...group.flatMap(({ prefix, schema }) => [
        "",
        ...constants(prefix, schema, prefix === first.prefix ? undefined : first),
      ]),
    ];
    return { name: `${file}.ts`, text: `${text.join("\n")}\n` };
  });
  return [
    ...ofSchemas,
    { name: "foreign.ts", text: foreignTable() },
    { name: "every-name.ts", text: everyNameTable() },
  ];
}

/** @param base a table before, of which only what differs is written */
function constants(prefix: string, schema: z.ZodObject, base: Schema | undefined): string[] {
  const known = base === undefined ? {} : tableOf(base.schema);
  const rows = Object.entries(tableOf(schema)).flatMap(([option, row]) =>
    isDeepStrictEqual(row, known[option]) ? [] : [`  ${JSON.stringify(option)}: ${JSON.stringify(row)},`],
  );
  const table = [
    `export const ${prefix}Table: OptionTable<z.infer<typeof ${prefix}Schema>> = {`,
    ...(base === undefined ? [] : [`  ...${base.prefix}Table,`]),
    ...rows,
    "};",
  ];
  if (programRegistry.get(schema)?.usage === undefined) return table;
  const { usage, dashes, switches } = helpOf(schema);
  return [
    ...table,
    "",
    `export const ${prefix}Help: ProgramHelp = {`,
    `  usage: ${JSON.stringify(usage)},`,
    `  dashes: ${JSON.stringify(dashes)},`,
    `  table: ${prefix}Table,`,
    `  switches: ${JSON.stringify(switches)},`,
    "};",
  ];
}
