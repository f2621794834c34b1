import type { RowId } from "./stored-job.ts";

/** `-`, the length of the function, `-`, then the function and the key. */
const WITH_LENGTH = /^-(\d+)-/;

/**
 * The key of a job in a store of keys, behind the prefix: `FUNCTION-UNIQUE`, as gearmand has it. With a hyphen in the
 * function two jobs could have one key; those, and an empty function, are `-LENGTH-FUNCTION-UNIQUE`.
 */
export function nameOfKey({ function: name, key }: RowId): string {
  return name === "" || name.includes("-") ? `-${name.length}-${name}-${key}` : `${name}-${key}`;
}

/** Undefined if it is not the key of a job. */
export function rowOfName(name: string): RowId | undefined {
  const length = WITH_LENGTH.exec(name);
  const start = length === null ? 0 : length[0].length;
  const end = length === null ? name.indexOf("-") : start + Number(length[1]);
  if (end < 0 || name[end] !== "-") return undefined;
  return { function: name.slice(start, end), key: name.slice(end + 1) };
}
