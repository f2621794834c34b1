import { printServer, type ServerAddress } from "@mod-gearman/base";
import { printMicros } from "@mod-gearman/payload";
import { withoutSecret } from "./excerpt.ts";
import type { Entry } from "./given.ts";
import { toUtf8 } from "./latin1.ts";
import type { EffectiveValue } from "./loaded.ts";
import type { OptionTable } from "./option-row.ts";

/** Source of each option: the last position, or all positions of a list. */
export function sourcesOf(
  table: OptionTable,
  given: ReadonlyMap<string, readonly Entry[]>,
): Map<string, string> {
  const sources = new Map<string, string>();
  for (const [option, { list }] of Object.entries(table)) {
    const places = (given.get(option) ?? []).map((entry) => entry.where);
    const last = places.at(-1);
    if (last !== undefined) sources.set(option, list === true ? [...new Set(places)].join(", ") : last);
  }
  return sources;
}

/** All options in effect, secrets masked. */
export function effectiveOf(
  table: OptionTable,
  values: Readonly<Record<string, unknown>>,
  sources: ReadonlyMap<string, string>,
): EffectiveValue[] {
  return Object.entries(table).map(([option, { key, secret }]) => ({
    option,
    value: secret === true ? printSecret(values[key]) : printValue(values[key]),
    where: sources.get(option) ?? "default",
  }));
}

function printSecret(value: unknown): string {
  if (Buffer.isBuffer(value)) return `set (${value.length} bytes)`;
  return typeof value === "string" ? `set (${Buffer.byteLength(value)} bytes)` : "not set";
}

function printValue(value: unknown): string {
  if (value === undefined) return "not set";
  if (value === true) return "yes";
  if (value === false) return "no";
  if (typeof value === "bigint") return printMicros(value);
  if (typeof value === "string") return withoutSecret(value);
  if (typeof value === "number") return String(value);
  if (Buffer.isBuffer(value)) return printBytes(value);
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map(printValue).join(", ");
  return printRecord(value);
}

function printRecord(value: unknown): string {
  if (typeof value !== "object" || value === null) return "";
  if ("host" in value && "port" in value) return printServer(value as ServerAddress);
  return Object.values(value).map(printValue).join(":");
}

/** Templates contain tabs: prints them as escapes. */
function printBytes(bytes: Buffer): string {
  return toUtf8(
    withoutSecret(bytes.toString("latin1"))
      .replaceAll("\t", "\\t")
      .replaceAll("\r", "\\r")
      .replaceAll("\n", "\\n"),
  );
}
