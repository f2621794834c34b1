/** One key. `char`: one printable character. */
export type KeyPress =
  | { readonly name: "up" | "down" | "pageUp" | "pageDown" | "home" | "end" }
  | { readonly name: "enter" | "escape" | "backspace" | "interrupt" }
  | { readonly name: "char"; readonly char: string };

export interface InkKey {
  readonly upArrow: boolean;
  readonly downArrow: boolean;
  readonly pageUp: boolean;
  readonly pageDown: boolean;
  readonly home: boolean;
  readonly end: boolean;
  readonly return: boolean;
  readonly escape: boolean;
  readonly backspace: boolean;
  readonly delete: boolean;
  readonly leftArrow: boolean;
  readonly ctrl: boolean;
  readonly meta: boolean;
}

const NAMED = [
  ["upArrow", "up"],
  ["downArrow", "down"],
  ["pageUp", "pageUp"],
  ["pageDown", "pageDown"],
  ["home", "home"],
  ["end", "end"],
  ["return", "enter"],
  ["backspace", "backspace"],
  ["delete", "backspace"],
  ["leftArrow", "backspace"],
] as const satisfies [keyof InkKey, Exclude<KeyPress["name"], "char">][];

/** The keys in one event of Ink: fast keys and pasted text arrive in one event. */
export function keysOf(input: string, key: InkKey): KeyPress[] {
  for (const [flag, name] of NAMED) if (key[flag]) return [{ name }];
  if (key.ctrl) return input === "c" ? [{ name: "interrupt" }] : [];
  if (key.escape && input === "") return [{ name: "escape" }];
  // Alt with a key, or Escape followed by a key too fast to distinguish them
  const keys = [...input].map(single).filter((one) => one !== undefined);
  return key.meta ? [{ name: "escape" }, ...keys] : keys;
}

function single(char: string): KeyPress | undefined {
  if (char === "\r" || char === "\n") return { name: "enter" };
  if (char === "\u007f" || char === "\b") return { name: "backspace" };
  if (char === "\u0003") return { name: "interrupt" };
  if (char === "\u001b") return { name: "escape" };
  return /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(char) ? undefined : { name: "char", char };
}
