/**
 * Turns `abi/core-abi.json` (measured facts about the cores) into `src/layout/abi_fields.h` (names) and
 * `src/layout/abi_tables.c` (one row per ABI class). Run `node scripts/generate-abi.ts`; with `--check` nothing is
 * written and the exit code is 1 when a committed file differs from what would be generated.
 */
import { readFileSync, writeFileSync } from "node:fs";

/** Highest offset a table may hold; one above is the marker for an absent field (`MGM_ABSENT` in src/layout/abi.h). */
const MAX_OFFSET = 0xfffe;
const ABSENT = 0xffff;
const LINE_WIDTH = 118;

/** Spelling in the JSON to the enumerator of `enum mgm_type` (abi.h). */
const TYPES: Readonly<Record<string, string>> = {
  i32: "MGM_T_I32",
  u32: "MGM_T_U32",
  i64: "MGM_T_I64",
  u64: "MGM_T_U64",
  f64: "MGM_T_F64",
  timeval: "MGM_T_TIMEVAL",
  cstr: "MGM_T_CSTR",
  "cstr[]": "MGM_T_CSTR_ARRAY",
  ptr: "MGM_T_PTR",
  fnptr: "MGM_T_FNPTR",
  union: "MGM_T_UNION",
};

interface Field {
  readonly type: string;
  readonly access: string;
}

interface AbiClass {
  readonly id: string;
  readonly core: string;
  readonly versions: readonly string[];
  readonly neb_api: number;
  readonly sizes: Readonly<Record<string, number>>;
  readonly offsets: Readonly<Record<string, number>>;
  readonly enums: Readonly<Record<string, number>>;
  readonly type_overrides?: Readonly<Record<string, string>>;
}

interface AbiFile {
  readonly fields: Readonly<Record<string, Field>>;
  readonly selection: {
    readonly symbol_rules: readonly { readonly if: string; readonly then: readonly string[] }[];
  };
  readonly classes: readonly AbiClass[];
}

const folder = new URL("../", import.meta.url);
const abi: AbiFile = JSON.parse(readFileSync(new URL("abi/core-abi.json", folder), "utf8"));

const fieldNames = Object.keys(abi.fields);
const sizeNames = [...new Set(abi.classes.flatMap((row) => Object.keys(row.sizes)))].sort();
const constantNames = [...new Set(abi.classes.flatMap((row) => Object.keys(row.enums)))].sort();

const enumerator = (prefix: string, name: string): string =>
  `MGM_${prefix}_${name.replaceAll(/[^A-Za-z0-9]/g, "_").toUpperCase()}`;

const HEAD = "/* Generated from abi/core-abi.json by scripts/generate-abi.ts. Do not edit. */\n";

/** One C enum with a trailing `last` count. @throws Error when two names give the same enumerator. */
function enumText(doc: string, tag: string, prefix: string, names: readonly string[], last: string): string {
  const rows = names.map((name) => enumerator(prefix, name));
  if (new Set(rows).size !== rows.length) throw new Error(`enum ${tag}: two names collide`);
  return `/** ${doc} */\nenum ${tag} {\n${rows.map((row) => `\t${row},\n`).join("")}\t${last}\n};\n`;
}

function headerText(): string {
  return [
    `${HEAD}#ifndef MGM_ABI_FIELDS_H\n#define MGM_ABI_FIELDS_H\n`,
    enumText(
      "A member of a core struct, by its name there.",
      "mgm_field",
      "F",
      fieldNames,
      "MGM_FIELD_COUNT",
    ),
    enumText("A core struct.", "mgm_size", "S", sizeNames, "MGM_SIZE_COUNT"),
    enumText("A constant of the core's headers.", "mgm_const", "C", constantNames, "MGM_CONST_COUNT"),
    "#endif\n",
  ].join("\n");
}

/** Comma separated items, wrapped so that a reader can still scroll through them. */
function wrapped(items: readonly (string | number)[]): string {
  const lines: string[] = [];
  let line = "\t";
  for (const item of items) {
    const piece = `${item}, `;
    if (line.length + piece.length > LINE_WIDTH) {
      lines.push(line.trimEnd());
      line = "\t";
    }
    line += piece;
  }
  lines.push(line.trimEnd());
  return lines.join("\n");
}

function offsetOf(row: AbiClass, name: string): number {
  const offset = row.offsets[name];
  if (offset === undefined) return ABSENT;
  if (!Number.isInteger(offset) || offset < 0 || offset > MAX_OFFSET)
    throw new Error(`${row.id}: offset of ${name}`);
  return offset;
}

function typeOf(row: AbiClass, name: string): string {
  const type = row.type_overrides?.[name] ?? abi.fields[name]?.type ?? "";
  const known = TYPES[type];
  if (known === undefined) throw new Error(`${row.id}: ${name} has the unknown type '${type}'`);
  return known;
}

/** Types are shared by all classes without overrides; each distinct list is written once. */
const typeLists = new Map<string, string>();

function typeListName(row: AbiClass): string {
  const text = wrapped(fieldNames.map((name) => typeOf(row, name)));
  const known = typeLists.get(text);
  if (known !== undefined) return known;
  const name = `types_${typeLists.size}`;
  typeLists.set(text, name);
  return name;
}

function classArrays(row: AbiClass): string {
  const id = row.id.replaceAll(/[^A-Za-z0-9]/g, "_");
  const sizes = sizeNames.map((name) => row.sizes[name] ?? 0);
  const constants = constantNames.map((name) => row.enums[name] ?? "INT32_MIN");
  return [
    `static const uint16_t offsets_${id}[MGM_FIELD_COUNT] = {\n${wrapped(fieldNames.map((name) => offsetOf(row, name)))}\n};\n`,
    `static const uint16_t sizes_${id}[MGM_SIZE_COUNT] = {\n${wrapped(sizes)}\n};\n`,
    `static const int32_t constants_${id}[MGM_CONST_COUNT] = {\n${wrapped(constants)}\n};\n`,
  ].join("");
}

function classRow(row: AbiClass): string {
  const id = row.id.replaceAll(/[^A-Za-z0-9]/g, "_");
  const family = row.core === "naemon" ? "MGM_NAEMON" : "MGM_NAGIOS";
  const versions = ` ${row.versions.join(" ")} `;
  return `\t{ "${row.id}", "${row.core}", ${family}, ${row.neb_api}, "${versions}",\n\t  offsets_${id}, sizes_${id}, constants_${id}, ${typeListName(row)} },\n`;
}

/** `"naemon and tv_str"` or `"naemon"` plus its classes, as rows of the name rule table. */
function ruleRows(): string {
  return abi.selection.symbol_rules
    .map((rule) => {
      const [core, symbol] = rule.if.split(" and ");
      const family = core === "naemon" ? "MGM_NAEMON" : "MGM_NAGIOS";
      return `\t{ ${family}, ${symbol === undefined ? "NULL" : `"${symbol}"`}, "${rule.then[0]}" },\n`;
    })
    .join("");
}

const quoted = (name: string): string => `"${name}"`;

function fieldRows(): string {
  return fieldNames
    .map((name) => {
      const [struct = ""] = name.split(".");
      const owner = sizeNames.includes(struct) ? enumerator("S", struct) : "MGM_SIZE_COUNT";
      const production = abi.fields[name]?.access === "self-check" ? "false" : "true";
      return `\t{ "${name}", ${owner}, ${production} },\n`;
    })
    .join("");
}

function tablesText(): string {
  const arrays = abi.classes.map(classArrays).join("\n");
  const rows = abi.classes.map(classRow).join("");
  const types = [...typeLists]
    .map(([text, name]) => `static const uint8_t ${name}[MGM_FIELD_COUNT] = {\n${text}\n};\n`)
    .join("\n");
  return [
    `${HEAD}#include "abi.h"\n\n#include <stddef.h>\n`,
    arrays,
    types,
    `const struct mgm_abi mgm_abi_classes[] = {\n${rows}};\n`,
    `const size_t mgm_abi_class_count = sizeof(mgm_abi_classes) / sizeof(mgm_abi_classes[0]);\n`,
    `const struct mgm_abi_rule mgm_abi_rules[] = {\n${ruleRows()}};\n`,
    `const size_t mgm_abi_rule_count = sizeof(mgm_abi_rules) / sizeof(mgm_abi_rules[0]);\n`,
    `const struct mgm_field_info mgm_field_infos[MGM_FIELD_COUNT] = {\n${fieldRows()}};\n`,
    `const char *const mgm_size_names[MGM_SIZE_COUNT] = {\n${wrapped(sizeNames.map(quoted))}\n};\n`,
    `const char *const mgm_const_names[MGM_CONST_COUNT] = {\n${wrapped(constantNames.map(quoted))}\n};\n`,
  ].join("\n");
}

const outputs: readonly (readonly [string, string])[] = [
  ["src/layout/abi_fields.h", headerText()],
  ["src/layout/abi_tables.c", tablesText()],
];

function committed(path: string): string {
  try {
    return readFileSync(new URL(path, folder), "utf8");
  } catch {
    return "";
  }
}

const onlyCheck = process.argv.includes("--check");
for (const [path, text] of outputs) {
  const same = committed(path) === text;
  if (onlyCheck) {
    process.stdout.write(`${same ? "ok" : "not ok"} - ${path} matches abi/core-abi.json\n`);
    if (!same) process.exitCode = 1;
  } else if (!same) {
    writeFileSync(new URL(path, folder), text);
  }
}
