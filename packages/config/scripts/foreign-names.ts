import type { z } from "zod";
import { alsoInModuleFile, alsoInWorkerFile } from "../src/foreign-keys.ts";
import { canonicalKey, type ForeignKey } from "../src/program.ts";
import { moduleSchema } from "../src/schemas/module.ts";
import { sendGearmanSchema } from "../src/schemas/sender.ts";
import { workerSchema } from "../src/schemas/worker.ts";
import { schemas, tableOf } from "./programs.ts";

/** Keys of other programs that may share a file with one; each in its first spelling. */
export interface ForeignNames {
  /** They need a value. */
  readonly values: readonly string[];
  /** They may stand alone. */
  readonly switches: readonly string[];
}

type Program = "module" | "worker" | "sender";

/** The schemas of the programs that may share a file. */
type FileSchemas = Readonly<Record<Program, z.ZodObject>>;

const ownSchemas: FileSchemas = { module: moduleSchema, worker: workerSchema, sender: sendGearmanSchema };

interface Spelling {
  readonly name: string;
  readonly bare: boolean;
}

/** Per program what its files may hold beyond its own options and the rows written by hand. */
export function foreignNames(schemas: FileSchemas = ownSchemas): Readonly<Record<Program, ForeignNames>> {
  const module = spellings(schemas.module);
  const worker = spellings(schemas.worker);
  const sender = spellings(schemas.sender);
  const ofModule = namesOf(alsoInModuleFile);
  const ofWorker = namesOf(alsoInWorkerFile);
  return {
    module: without([...worker, ...sender], [...module, ...ofModule]),
    worker: without([...module, ...sender], [...worker, ...ofWorker]),
    sender: without([...module, ...worker, ...ofModule, ...ofWorker], sender),
  };
}

/** {@link foreignNames} as TypeScript: a sender accepts all of them in either form. */
export function foreignTable(): string {
  const { module, worker, sender } = foreignNames();
  const lists = {
    valuesForModule: module.values,
    switchesForModule: module.switches,
    valuesForWorker: worker.values,
    switchesForWorker: worker.switches,
    namesForSender: [...sender.values, ...sender.switches],
  };
  const constants = Object.entries(lists).map(
    ([name, names]) => `export const ${name} = ${JSON.stringify(names.join(" "))};`,
  );
  return ["// Generated from ../schemas by `pnpm docs:options`; do not edit.", ...constants, ""].join("\n");
}

/** Names of all options of all programs, for environment variables that programs share. */
export function everyNameTable(): string {
  const all = schemas.flatMap(({ schema }) => spellings(schema)).map(({ name }) => canonicalKey(name));
  const names = [...new Set(all)].filter((name) => name.length > 1).sort();
  return [
    "// Generated from ../schemas by `pnpm docs:options`; do not edit.",
    `export const everyName = ${JSON.stringify(names.join(" "))};`,
    "",
  ].join("\n");
}

function spellings(schema: z.ZodObject): Spelling[] {
  return Object.entries(tableOf(schema)).flatMap(([option, { aliases = [], bare = false }]) =>
    [option, ...aliases].map((name) => ({ name, bare })),
  );
}

function namesOf(keys: readonly ForeignKey[]): Spelling[] {
  return keys.flatMap(({ names, bare }) => names.map((name) => ({ name, bare })));
}

function without(all: readonly Spelling[], known: readonly Spelling[]): ForeignNames {
  const seen = new Set(known.map(({ name }) => canonicalKey(name)));
  const rest = new Map<string, Spelling>();
  for (const one of all) {
    const key = canonicalKey(one.name);
    if (!seen.has(key) && !rest.has(key)) rest.set(key, one);
  }
  const found = [...rest.values()];
  return {
    values: found.filter(({ bare }) => !bare).map(({ name }) => name),
    switches: found.filter(({ bare }) => bare).map(({ name }) => name),
  };
}
