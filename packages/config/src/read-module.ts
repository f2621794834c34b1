import { excerpt } from "./excerpt.ts";
import { type Entry, type Given, listPieces } from "./given.ts";
import { lowerCase, toBytes, trimSpace } from "./latin1.ts";
import { callbackNumber } from "./neb-callbacks.ts";
import { parseYesNo } from "./read-switch.ts";
import type { ExportRule } from "./schemas/module.ts";

const PERFDATA_QUEUE = "perfdata";
/** Longer names are refused, as in the original: the name precedes a colon and may contain any bytes. */
const MAX_EXPORT_QUEUE = 50;

/** Names accumulate until a `no`. Source: neb-module.md 4.2. */
export function readPerfdata({ entries }: Given): Buffer[] {
  let queues: string[] = [];
  for (const entry of entries) queues = addQueues(queues, entry);
  return [...new Set(queues)].map(toBytes);
}

function addQueues(queues: readonly string[], entry: Entry): string[] {
  const on = entry.text === undefined ? true : parseYesNo(entry.text);
  if (on === false) return [];
  return [
    ...queues,
    ...(on === true ? [PERFDATA_QUEUE] : listPieces([entry]).map(({ text }) => lowerCase(text))),
  ];
}

/** Rules that cannot be used are skipped with a warning. Source: neb-module.md 2.10. */
export function readExports(given: Given): ExportRule[] {
  return given.entries.map((entry) => exportRule(entry, given)).filter((rule) => rule !== undefined);
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
