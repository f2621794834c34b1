import { omitUndefined } from "@mod-gearman/base";
import { z } from "zod";
import type { OptionRow } from "../src/option-row.ts";
import { programRegistry } from "../src/schemas/registry.ts";
import { tableOf } from "./programs.ts";

type Json = Readonly<Record<string, unknown>>;

const YES_NO = ["yes", "no", "on", "off", "true", "false", "1", "0"];
const LIST = { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] };

/**
 * JSON Schema of a configuration file seen as one object: a line `key=value` is the property `key`, a key given several
 * times is an array.
 *
 * @param foreign keys of other programs, which are accepted without effect
 */
export function jsonSchema(schema: z.ZodObject, foreign: readonly string[]): Json {
  const file = programRegistry.get(schema)?.file;
  const properties: Record<string, Json> = {};
  for (const key of foreign) properties[key] = { description: "Of another program." };
  for (const [option, row] of Object.entries(tableOf(schema))) {
    const type = schema.shape[row.key];
    if (type === undefined) throw new Error(`${row.key}: not in the schema`);
    properties[option] = property(row, type);
    for (const alias of row.aliases ?? [])
      properties[alias] = { ...properties[option], description: `The same as ${option}.` };
  }
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: `${file}, as one object`,
    type: "object",
    properties,
    additionalProperties: false,
  };
}

function property(row: OptionRow, type: z.core.$ZodType): Json {
  return {
    description: row.help,
    ...valueSchema(row, type),
    ...omitUndefined({
      default: "initial" in row ? row.initial : undefined,
      writeOnly: row.secret,
      deprecated: row.noEffect === undefined ? undefined : true,
    }),
  };
}

/** How the value may be written; bounds and words are those of the type. */
function valueSchema(row: OptionRow, type: z.core.$ZodType): Json {
  switch (row.kind) {
    case "flag":
    case "yesNo":
      return { anyOf: [{ type: "boolean" }, { enum: YES_NO }] };
    case "number":
    case "state":
    case "word":
    case "text":
      return ofType(type);
    case "size":
      return { anyOf: [ofType(type), { type: "string", pattern: "^([0-9]+[KMGkmg]?i?[Bb]?|off)$" }] };
    case "micros":
      return { type: "number" };
    case "servers":
    case "groups":
    case "texts":
    case "perfdata":
    case "exports":
      return LIST;
    case "bytes":
      return omitUndefined({ type: "string", maxLength: row.maxBytes });
    default:
      return { type: "string" };
  }
}

function ofType(type: z.core.$ZodType): Json {
  const { $schema: _draft, ...json } = z.toJSONSchema(type);
  return json;
}
