// SPDX-License-Identifier: GPL-2.0-or-later
// scripts/print-layout.sh prints the facts of the headers that it is given. The headers are made here, one folder for each
// known class of cores, with the members at the places that abi/core-abi.json has for that class.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const table = JSON.parse(readFileSync(join(root, "abi/core-abi.json"), "utf8"));
const script = join(root, "scripts/print-layout.sh");
const work = mkdtempSync(join(tmpdir(), "mgm-print-layout-"));

const TYPES = {
  i32: "int",
  u32: "unsigned int",
  i64: "long",
  u64: "unsigned long",
  f64: "double",
  timeval: "struct timeval",
  cstr: "char *",
  "cstr[]": "char **",
  ptr: "void *",
  fnptr: "void *",
  union: "struct { void *a; double b; }",
};
/** Types that C shows; of the others the table's is printed. */
const SHOWN = new Set(["i32", "u32", "i64", "u64", "f64", "timeval", "cstr", "cstr[]"]);
/** Naemon declares this struct but never sends it. */
const NOT_OF_NAEMON = "nebstruct_timed_event_data";

const typeOf = (row, field) => row.type_overrides?.[field] ?? table.fields[field].type;

function structText(row, name, bytes) {
  const members = Object.entries(row.offsets).filter(([field]) => field.startsWith(`${name}.`));
  const lines = members.map(([field, offset], at) => {
    const member = field.slice(name.length + 1);
    return `struct __attribute__((packed)) { char pad${at}[${offset}]; ${TYPES[typeOf(row, field)]} ${member}; };`;
  });
  return `struct ${name} { union {\n${lines.join("\n")}\nchar all_of_it[${bytes}]; }; };\ntypedef struct ${name} ${name};`;
}

function headerText(row) {
  const structs = Object.entries(row.sizes).map(([name, bytes]) => structText(row, name, bytes));
  const constants = Object.entries(row.enums).map(([name, value]) => `#define ${name} (${value})`);
  const version = `#define CURRENT_NEB_API_VERSION ${row.neb_api}`;
  return [`#pragma once`, `#include <sys/time.h>`, version, ...constants, ...structs, ""].join("\n");
}

/** Writes the headers of a class. @returns their folder */
function headersOf(row, text) {
  const folder = mkdtempSync(join(work, `${row.id}-`));
  if (row.core === "naemon") {
    mkdirSync(join(folder, "naemon"));
    writeFileSync(join(folder, "naemon/naemon.h"), text);
    return folder;
  }
  mkdirSync(join(folder, "include"));
  const names = ["config", "common", "objects", "nagios", "macros", "broker", "nebmodules", "nebcallbacks"];
  for (const name of [...names, "neberrors", "nebstructs", "nebmods"])
    writeFileSync(join(folder, `include/${name}.h`), name === "nebstructs" ? text : "");
  return folder;
}

function print(...args) {
  const env = { ...process.env, PATH: `${work}${delimiter}${process.env.PATH}` };
  return spawnSync("sh", [script, ...args], { encoding: "utf8", env });
}

function expectedLines(row, without) {
  const isKnown = (name) => !(row.core === "naemon" && name.startsWith(NOT_OF_NAEMON));
  const fields = Object.entries(row.offsets).filter(([field]) => isKnown(field) && field !== without);
  return [
    ...fields.map(([field, offset]) => `offset ${field} ${offset}`),
    ...fields.map(([field]) => {
      const type = typeOf(row, field);
      return `type ${field} ${SHOWN.has(type) ? type : table.fields[field].type}`;
    }),
    ...Object.entries(row.sizes).flatMap(([name, bytes]) => (isKnown(name) ? [`size ${name} ${bytes}`] : [])),
    ...Object.entries(row.enums).map(([name, value]) => `constant ${name} ${value}`),
  ].toSorted();
}

let number = 0;
function check(isGood, name, why = "") {
  number += 1;
  process.stdout.write(`${isGood ? "ok" : "not ok"} ${number} - ${name}\n${isGood ? "" : `${why}\n`}`);
}

/** First difference of two lists of lines. */
function difference(found, expected) {
  const missing = expected.filter((line) => !found.includes(line));
  const more = found.filter((line) => !expected.includes(line));
  return `missing: ${missing.slice(0, 5).join(", ")}; too many: ${more.slice(0, 5).join(", ")}`;
}

function checkClass(row) {
  const [version] = row.versions;
  const { status, stdout, stderr } = print(row.core, version, headersOf(row, headerText(row)));
  const lines = stdout.trimEnd().split("\n");
  const head = [
    `id ${row.core}-${version}`,
    `family ${row.core}`,
    `versions ${version}`,
    `neb_api ${row.neb_api}`,
  ];
  const isFramed =
    lines[0] === "mod_gearman layout 1" &&
    lines.at(-1) === "end" &&
    head.every((line) => lines.includes(line));
  check(status === 0 && isFramed, `${row.id}: a layout file`, stderr);
  const facts = lines.filter((line) => /^(?:offset|type|size|constant) /.test(line)).toSorted();
  const expected = expectedLines(row);
  check(facts.join("\n") === expected.join("\n"), `${row.id}: every fact`, difference(facts, expected));
}

try {
  writeFileSync(join(work, "pkg-config"), "#!/bin/sh\n");
  chmodSync(join(work, "pkg-config"), 0o755);
  const ofFamily = (core) => table.classes.filter((row) => row.core === core).at(-1);
  for (const row of [ofFamily("naemon"), ofFamily("nagios")]) checkClass(row);
  const row = ofFamily("nagios");
  const gone = "service.next_check_event";
  const text = headerText(row).replace(/^.* next_check_event; };$/gm, "");
  const { status, stdout } = print("nagios", "9.9.9", headersOf(row, text));
  const hasFact = (name) => stdout.split("\n").some((line) => line.startsWith(`offset ${name} `));
  check(
    status === 0 && !hasFact(gone) && hasFact("service.next_check"),
    "a member that this version does not have is left out",
  );
  const broken = print("nagios", "9.9.9", headersOf(row, "#error no core here\n"));
  check(
    broken.status === 1 && broken.stderr.includes("no core here"),
    "headers that do not compile: exit code 1, the compiler's text",
  );
  check(print("nagios", "9 9", work).status === 2, "a version with a blank: exit code 2");
  const usage = print("nagios");
  check(
    usage.status === 2 && usage.stderr.includes("print-layout.sh naemon VERSION"),
    "too few arguments: how it is called",
  );
} finally {
  rmSync(work, { recursive: true });
}
