import type { About, Field } from "./fields.ts";
import type { ProgramHelp, Switch } from "./help.ts";
import { withoutEffect } from "./no-effect.ts";
import type { OptionSchema } from "./program.ts";
import { checkFields, connectionFields, encryptionField, keyFields, sendingFields } from "./sender-fields.ts";

/** The same field with something else to say about it. */
function withFacts<T>({ facts, parse }: Field<T>, about: Partial<About>): Field<T> {
  return { facts: { ...facts, ...about }, parse };
}

/** What send_multi takes from the report of each child. */
function unused<T>(inner: Field<T>): Field<T> {
  return withoutEffect(withFacts(inner, { help: "" }), { why: "it is part of the report", isForGood: true });
}

/** Options of send_gearman. Source: tools.md 4. */
export const sendGearmanSchema = {
  ...connectionFields,
  encryption: encryptionField(false, "yes if a key is given"),
  ...keyFields,
  ...checkFields,
  ...sendingFields,
} as const satisfies OptionSchema;

/** Options of send_multi. Source: tools.md 4. */
export const sendMultiSchema = {
  ...connectionFields,
  server: withFacts(connectionFields.server, { default: "localhost:4730" }),
  encryption: encryptionField(false, "no"),
  ...keyFields,
  ...checkFields,
  service: unused(checkFields.service),
  message: unused(checkFields.message),
  returncode: unused(checkFields.returncode),
  starttime: unused(checkFields.starttime),
  finishtime: unused(checkFields.finishtime),
  latency: unused(checkFields.latency),
  delimiter: unused(checkFields.delimiter),
  ...sendingFields,
} as const satisfies OptionSchema;

const SWITCHES: readonly Switch[] = [
  { words: ["--check-config"], help: "Show the settings in effect, then end." },
  { words: ["-h", "--help"], help: "Show this text." },
  { words: ["-V", "--version"], help: "Show the version." },
];

export const sendGearmanHelp: ProgramHelp = {
  usage: [
    "send_gearman --server=HOST[:PORT] --host=HOST [--service=SERVICE] [--message=TEXT] [--OPTION=VALUE]...",
    "send_gearman --server=HOST[:PORT] [--OPTION=VALUE]... < LIST",
  ],
  dashes: "--",
  schema: sendGearmanSchema,
  switches: SWITCHES,
};

export const sendMultiHelp: ProgramHelp = {
  usage: ["check_multi -f COMMANDS -r 256 | send_multi --host=HOST [--OPTION=VALUE]..."],
  dashes: "--",
  schema: sendMultiSchema,
  switches: SWITCHES,
};
