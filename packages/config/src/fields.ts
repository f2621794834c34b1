import { posix } from "node:path";
import type { ServerAddress } from "@mod-gearman/base";
import { excerpt } from "./excerpt.ts";
import type { Given } from "./given.ts";
import { lowerCase, toBytes, toUtf8, trimSpace } from "./latin1.ts";
import { parseServerList } from "./servers.ts";

/** What help, documentation and the readers need to know about an option beside its schema. */
export interface FieldMeta {
  /** One or two sentences for help and tables. */
  readonly help: string;
  /** What stands for the value: `yes|no`, `NUMBER`, `PATH`, … */
  readonly argument: string;
  /** Default as it would be written, or a word such as `none`. */
  readonly default: string;
  readonly aliases: readonly string[];
  /** May be given repeatedly and as a comma list; values add up. */
  readonly list: boolean;
  /** May stand without a value. */
  readonly bare: boolean;
  /** Never printed. */
  readonly secret: boolean;
  /** Switches the module's default queues off when given at all (neb-module.md 4.3). */
  readonly byHand: boolean;
  /** Letters of the short form: `H`, or `Hs` for two; programs with getopt grammar only. */
  readonly short?: string;
  /** The value may be left out; only `=` gives one then. Programs with getopt grammar only. */
  readonly optional?: boolean;
  /** Not in the help text. */
  readonly hidden: boolean;
  /** Names queues, groups, servers or a program: must agree with what others are configured with. */
  readonly isName: boolean;
  /** What `OPTION=` with nothing behind it is: the default, or a value like any other. */
  readonly empty: "default" | "value";
  /** A number, size or time. */
  readonly isNumber: boolean;
  /** Unit of a time; such an option is made by `duration`. */
  readonly unit?: "seconds" | "milliseconds";
  /** Why the option has no effect; made by `withoutEffect`. */
  readonly noEffect?: string;
}

/**
 * Field of a schema: what help and tables say about an option, and the way from all that was given for it to its
 * value. `parse` throws {@link BadValue}.
 */
export interface Field<out T> {
  readonly facts: FieldMeta;
  readonly parse: (given: Given) => T;
}

/** What one option says about itself; everything but `help` has a sensible default. */
export type About = { readonly help: string } & Partial<Omit<FieldMeta, "help">>;

/** A value that cannot be used, thrown by parsers inside a field. */
export class BadValue extends Error {
  readonly where: string;
  constructor(text: string, where: string) {
    super(text);
    this.where = where;
  }
}

/** Makes a field of a parser and what is to be said about the option. */
export function field<T>(about: About, parse: (given: Given) => T): Field<T> {
  const facts: FieldMeta = {
    argument: "TEXT",
    default: "none",
    aliases: [],
    list: false,
    bare: false,
    secret: false,
    byHand: false,
    hidden: false,
    isName: false,
    empty: "default",
    isNumber: false,
    ...about,
  };
  return { facts, parse };
}

/** The last value given, unless it is empty. */
export function lastText(
  given: Given,
): { text: string; where: string; folder: string | undefined } | undefined {
  const entry = given.entries.findLast((one) => one.text !== undefined);
  return entry?.text ? { text: entry.text, where: entry.where, folder: entry.folder } : undefined;
}

/** Text as readable string; `undefined` when not given or empty. */
export function text(about: About): Field<string | undefined> {
  return field(about, (given) => {
    const last = lastText(given);
    return last === undefined ? undefined : toUtf8(last.text);
  });
}

/** Bytes exactly as in the file. */
export function bytes(about: About): Field<Buffer | undefined> {
  return field(about, (given) => {
    const last = lastText(given);
    return last === undefined ? undefined : toBytes(last.text);
  });
}

/** Bytes as in the file, or those of `initial`. */
export function bytesOr(initial: string, about: About): Field<Buffer> {
  return field({ default: initial, ...about }, (given) => toBytes(lastText(given)?.text ?? initial));
}

/** Bytes exactly as given, also none at all; `undefined` when not given. */
export function bytesOrEmpty(about: About): Field<Buffer | undefined> {
  return field({ empty: "value", ...about }, (given) => {
    const last = given.entries.findLast((one) => one.text !== undefined)?.text;
    return last === undefined ? undefined : toBytes(last);
  });
}

/** A path; relative ones start at the folder of the file that names them where the program has that rule. */
export function path(about: About): Field<string | undefined> {
  return field({ argument: "PATH", ...about }, (given) => {
    const last = lastText(given);
    return last === undefined ? undefined : fromFolder(last.folder, toUtf8(last.text));
  });
}

/** `relative` as seen from `folder`; unchanged when absolute or without a folder. */
export function fromFolder(folder: string | undefined, relative: string): string {
  return folder === undefined || posix.isAbsolute(relative) ? relative : posix.join(folder, relative);
}

/** One of some words; another word is warned about and leaves the default. */
export function word<const W extends string>(
  words: readonly W[],
  initial: W,
  about: About,
  complain: (text: string) => string,
): Field<W> {
  return field({ argument: words.join("|"), default: initial, ...about }, (given) => {
    const last = lastText(given);
    if (last === undefined) return initial;
    const found = words.find((one) => one === lowerCase(last.text));
    if (found === undefined) given.warnings.add("warn", complain(excerpt(last.text)), last.where);
    return found ?? initial;
  });
}

/** Pieces of a comma list over all places, trimmed, empty ones dropped. */
export function listPieces(given: Given): { text: string; where: string }[] {
  return given.entries.flatMap(({ text: whole, where }) =>
    (whole ?? "")
      .split(",")
      .map((piece) => ({ text: trimSpace(piece), where }))
      .filter((piece) => piece.text !== ""),
  );
}

/** gearmand's limit for a queue name, bytes. */
export const MAX_QUEUE_BYTES = 511;
/** Longer group names are skipped by modules and workers written in C. */
const C_GROUP_BYTES = 50;

/** Names of groups; `prefix` is what the queue name adds, empty for groups without a queue. */
export function groups(prefix: string, about: About): Field<Buffer[]> {
  return field({ argument: "NAME[,NAME…]", list: true, isName: true, ...about }, (given) => {
    const kept = new Map<string, Buffer>();
    const limit = MAX_QUEUE_BYTES - prefix.length;
    for (const { text: name, where } of listPieces(given)) {
      const short = toUtf8(name.slice(0, C_GROUP_BYTES));
      if (prefix !== "" && name.length > limit) {
        const what = prefix.slice(0, -1);
        const complaint = `${what} name '${short}…' is too long, please use a maximum of ${limit} characters`;
        given.warnings.add("warn", complaint, where);
        continue;
      }
      if (prefix !== "" && name.length > C_GROUP_BYTES) {
        given.warnings.add(
          "info",
          `'${short}…' is longer than the 50 characters that the C programs allow`,
          where,
        );
      }
      kept.set(name, toBytes(name));
    }
    return [...kept.values()];
  });
}

/** Texts that add up, one per place; `commas` also splits each. */
export function texts(about: About, options: { commas: boolean }): Field<string[]> {
  return field({ list: true, ...about }, (given) => {
    const pieces = options.commas
      ? listPieces(given).map((piece) => piece.text)
      : given.entries.map((one) => one.text);
    return pieces.filter((piece) => piece !== undefined && piece !== "").map((piece) => toUtf8(piece ?? ""));
  });
}

/** Job servers. A bad address is an error when `strict`, else it is skipped with a warning. */
export function servers(about: About, options: { strict: boolean }): Field<ServerAddress[]> {
  return field({ argument: "HOST[:PORT][,…]", list: true, isName: true, ...about }, (given) => {
    const known: ServerAddress[] = [];
    for (const entry of given.entries) {
      const parsed = parseServerList(entry.text ?? "", { known });
      for (const problem of parsed.problems) {
        if (options.strict && problem.kind === "bad-address") throw new BadValue(problem.text, entry.where);
        given.warnings.add("warn", problem.text, entry.where);
      }
      known.push(...parsed.servers);
    }
    return known;
  });
}
