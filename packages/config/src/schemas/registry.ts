import { z } from "zod";
import type { NoEffect, OptionMeta, OptionRule } from "../option-row.ts";

/** Metadata of an option: its row without the key, and the option's name. */
export type Metadata = Omit<OptionMeta, "key"> & OptionRule & { readonly option: string };

export const optionRegistry = z.registry<Metadata>();

export interface ProgramMetadata {
  /** Forms of the command line; absent: not a program. */
  readonly usage?: readonly string[];
  readonly switches?: readonly { readonly words: readonly string[]; readonly help: string }[];
  /** Title of the JSON Schema of its configuration file; absent: it reads none. */
  readonly file?: string;
}

export const programRegistry = z.registry<ProgramMetadata>();

/** Metadata of an option. Everything except `help` has a default that depends on its kind. */
export type MetaFields = { readonly help: string } & Partial<Omit<OptionMeta, "key" | "help" | "noEffect">>;

/** Registers the metadata of a type and returns the type. */
export function define<T extends z.ZodType>(type: T, metadata: Metadata): T {
  optionRegistry.add(type, metadata);
  return type;
}

/** The same option with other metadata. @param copy its new type; default: a clone */
export function withMetadata<T extends z.ZodType, C extends z.ZodType = T>(
  type: T,
  change: Partial<Metadata>,
  copy: C = type.clone() as z.ZodType as C, // a clone has the type of its original
): C {
  const metadata = optionRegistry.get(type);
  if (metadata === undefined) throw new Error("not an option");
  return define(copy, { ...metadata, ...change } as Metadata);
}

/** An option that is accepted without effect. If given, it is reported; help and tables say so too. */
export function withoutEffect<T extends z.ZodType>(type: T, rule: NoEffect): T {
  const help = optionRegistry.get(type)?.help ?? "";
  const text = rule.isForGood === true ? "No effect" : "No effect in this release";
  return withMetadata(type, {
    help: `${help === "" ? "" : `${help} `}${text}: ${rule.why}.`,
    noEffect: rule,
  });
}

/** Of every program except the bridge. */
export const SWITCHES = [
  { words: ["--check-config"], help: "Show the settings in effect, then end." },
  { words: ["-h", "--help"], help: "Show this text." },
  { words: ["-V", "--version"], help: "Show the version." },
];
