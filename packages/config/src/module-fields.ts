import { excerpt } from "./excerpt.ts";
import { type About, type Field, field, listPieces } from "./fields.ts";
import type { Entry, Given } from "./given.ts";
import { lowerCase, toBytes, trimSpace } from "./latin1.ts";
import type { ExportRule } from "./module-options.ts";
import { callbackNumber } from "./neb-callbacks.ts";
import { type NumberRule, number, parseYesNo } from "./scalars.ts";

/** Queue of `perfdata=yes`. */
const PERFDATA_QUEUE = "perfdata";
/** Longer names are refused, as in the original: the name comes before a colon and may hold anything. */
const MAX_EXPORT_QUEUE = 50;

/** `perfdata`: a switch, or queue names, which add up until a `no`. Source: neb-module.md 4.2. */
export function perfdataQueues(about: About): Field<Buffer[]> {
  return field(
    {
      argument: "yes|no|QUEUE[,…]",
      default: "no",
      list: true,
      bare: true,
      isName: true,
      empty: "value",
      ...about,
    },
    (given) => {
      let queues = new Set<string>();
      for (const entry of given.entries) queues = addQueues(queues, entry, given);
      return [...queues].map(toBytes);
    },
  );
}

function addQueues(queues: Set<string>, entry: Entry, given: Given): Set<string> {
  const on = entry.text === undefined ? true : parseYesNo(entry.text);
  if (on === false) return new Set();
  const names = listPieces({ ...given, entries: [entry] }).map((piece) => lowerCase(piece.text));
  return new Set([...queues, ...(on === true ? [PERFDATA_QUEUE] : names)]);
}

/** `export=<queue>:<returncode>:<callback>[,…]`; rules that cannot be used are skipped. Source: neb-module.md 2.10. */
export function exportRules(about: About): Field<ExportRule[]> {
  return field({ argument: "QUEUE:RC:CALLBACK[,…]", list: true, ...about }, (given) =>
    given.entries.map((entry) => exportRule(entry, given)).filter((rule) => rule !== undefined),
  );
}

function exportRule(entry: Entry, given: Given): ExportRule | undefined {
  const complain = (text: string) => given.warnings.add("warn", text, entry.where);
  const parts = /^([^:]*):([^:]*):(.*)$/.exec(entry.text ?? "");
  const queue = trimSpace(parts?.[1] ?? "");
  const returnCode = trimSpace(parts?.[2] ?? "");
  if (queue === "" || !/^-?[0-9]{1,9}$/.test(returnCode)) {
    complain("export needs <queue>:<returncode>:<callback>[,<callback>...], skipped");
    return undefined;
  }
  if (queue.length > MAX_EXPORT_QUEUE) {
    const name = excerpt(queue);
    complain(
      `export queue name '${name}' is too long, please use a maximum of ${MAX_EXPORT_QUEUE} characters`,
    );
    return undefined;
  }
  const callbacks = callbackNumbers(parts?.[3] ?? "", complain);
  return callbacks.length === 0
    ? undefined
    : { queue: toBytes(queue), returnCode: Number(returnCode), callbacks };
}

function callbackNumbers(list: string, complain: (text: string) => void): number[] {
  const numbers: number[] = [];
  for (const name of list.split(",").map(trimSpace)) {
    const number = callbackNumber(name);
    if (number === undefined) complain(`unknown nebcallback : ${excerpt(name)}`);
    else numbers.push(number);
  }
  return numbers;
}

/** `result_workers`: a number of which only 0 differs from the others. */
export function resultWorkers(rule: NumberRule, about: About): Field<number> {
  const inner = number(rule, about);
  return field(inner.facts, (given) => {
    const value = inner.parse(given);
    const text = `result_workers=${value} has the effect of 1: one connection to each job server fetches results`;
    if (value > 1) given.warnings.advise("info", text, given.entries.at(-1)?.where ?? "");
    return value;
  });
}

/** Where the arguments of the `broker_module=` line are said to stand. */
export const MODULE_LINE = "module arguments";

/** An option that the module in the core looks for on its own line, not in files. */
export function moduleLineOnly<T>(inner: Field<T>): Field<T> {
  return field(inner.facts, (given) => {
    const text = `${given.option} has no effect here: the module reads it from its broker_module line only`;
    for (const { where } of given.entries)
      if (where !== MODULE_LINE) given.warnings.advise("warn", text, where);
    return inner.parse(given);
  });
}

/** A template with the two-character sequences `\t`, `\r` and `\n` replaced; nothing else is an escape. */
export function template(initial: string, about: About): Field<Buffer> {
  return field({ default: initial, empty: "value", ...about }, (given) => {
    const last = given.entries.findLast((entry) => entry.text !== undefined)?.text;
    const CONTROL: Record<string, string> = { "\\t": "\t", "\\r": "\r", "\\n": "\n" };
    return toBytes((last ?? initial).replace(/\\[trn]/g, (pair) => CONTROL[pair] ?? pair));
  });
}
