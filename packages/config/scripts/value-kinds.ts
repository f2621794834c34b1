import type { FullMeta } from "../src/option-row.ts";

/** What can stand for a value, for completions. */
export interface ValueKind {
  /** Literal words. */
  readonly words: readonly string[];
  readonly names: "files" | "hosts" | "users" | "none";
}

const NAMES: Readonly<Record<string, ValueKind["names"]>> = { PATH: "files", HOST: "hosts", USER: "users" };
/** Stand for something else and are no words themselves. */
const PLACEHOLDERS = new Set([
  ...["PATH", "HOST", "USER", "QUEUE", "TEXT", "NUMBER", "NAME", "BYTES", "SECONDS", "PATTERN", "ID"],
  ...["HOST:PORT", "QUEUE:RC:CALLBACK"],
]);

/** Reads `yes|no|QUEUE[,…]` and the like. */
export function valueKind(meta: Pick<FullMeta, "argument">): ValueKind {
  const alternatives = meta.argument
    .replace(/\[[^\]]*\]/g, "")
    .split("|")
    .filter((one) => one !== "");
  const placeholder = alternatives.find((one) => PLACEHOLDERS.has(one)) ?? "";
  return {
    words: alternatives.filter((one) => !PLACEHOLDERS.has(one)),
    names: NAMES[placeholder.replace(/:.*/, "")] ?? "none",
  };
}
