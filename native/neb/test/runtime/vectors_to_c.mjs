// SPDX-License-Identifier: GPL-2.0-or-later
// Turns vectors/bridge-protocol.json into a C header: node vectors_to_c.mjs <json> <header>
import { readFileSync, writeFileSync } from "node:fs";

const [, , from, to] = process.argv;
const cases = JSON.parse(readFileSync(from, "utf8"));
const bytes = (text) => {
  const all = Buffer.from(text, "latin1");
  return `(const uint8_t[]){${[...all, 0].join(",")}}, ${all.length}`;
};
const text = (value) => JSON.stringify(value).replace(/\?/g, "\\?");
const outcome = (c) => (c.error ? "ERROR" : c.incomplete ? "INCOMPLETE" : c.skipped ? "SKIPPED" : "FIELDS");

const rows = (fields) =>
  Object.entries(fields).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) =>
      typeof one === "number"
        ? `{${text(name)}, ${one}LL, NULL, 0}`
        : // 64 bit values come as decimal text; the test knows by the name which it is
          `{${text(name)}, ${/^-?\d{1,19}$/.test(one) ? `(int64_t)${BigInt.asUintN(64, BigInt(one))}ULL` : 0}, ${bytes(one)}}`,
    ),
  );

const body = cases.map((c) => {
  const fields = rows(c.fields ?? {});
  const list = fields.length > 0 ? `(const struct vector_field[]){${fields.join(", ")}}` : "NULL";
  const hex = Buffer.from(c.hex, "hex").toString("latin1");
  return `\t{${text(c.name)}, ${bytes(hex)}, VECTOR_${outcome(c)}, ${c.type ?? -1}, ${text(c.error ?? "")}, ${c.unknownFields ?? 0}, ${Boolean(c.canonical)}, ${list}, ${fields.length}},`;
});

writeFileSync(
  to,
  `/* Generated from vectors/bridge-protocol.json */\nstatic const struct vector vectors[] = {\n${body.join("\n")}\n};\n`,
);
