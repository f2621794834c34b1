import { allOptions, type Manual } from "./manuals/manual.ts";
import { type ValueKind, valueKind } from "./value-kinds.ts";

/** Completion for zsh, to be put into a folder of `fpath`. */
export function zshCompletion(manual: Manual): string {
  const { name, help, grammar } = manual;
  const specs = allOptions(manual)
    .filter(({ meta }) => !meta.hidden)
    .map(({ option, meta }) => {
      const letters = [...(meta.short ?? "")].map((letter) => `-${letter}`);
      const hasValue = meta.argument !== "";
      const equals = grammar.separate && !meta.bare && meta.optional !== true ? "=" : "=-";
      const spellings = [
        ...letters.map((letter) => (hasValue ? `${letter}+` : letter)),
        hasValue ? `--${option}${equals}` : `--${option}`,
      ];
      const mayStandAlone = meta.bare || meta.optional === true;
      const value = hasValue
        ? `${mayStandAlone ? "::" : ":"}${escaped(meta.argument)}:${action(valueKind(meta))}`
        : "";
      const others = meta.list ? "*" : exclusion([...letters, `--${option}`]);
      return spec(others, spellings, `[${escaped(meta.help)}]${value}`);
    });
  const switches = help.switches.map(({ words, help: text }) => spec("(- *)", words, `[${escaped(text)}]`));
  const words = grammar.words === undefined ? [] : [`'*:word:(${grammar.words.join(" ")})'`];
  return `#compdef ${name}
# zsh completion for ${name}. Generated from the schema in packages/config; do not edit.

_arguments -s \\
${[...specs, ...switches, ...words].map((one) => `    ${one}`).join(" \\\n")}
`;
}

/** Spellings that are not offered again once one of them was typed. */
function exclusion(spellings: readonly string[]): string {
  return spellings.length === 1 ? "" : `(${spellings.join(" ")})`;
}

/** One argument of _arguments; the shell multiplies it over several spellings. */
function spec(others: string, spellings: readonly string[], rest: string): string {
  const [only] = spellings;
  if (spellings.length === 1) return quote(`${others}${only}${rest}`);
  return `${others === "" ? "" : quote(others)}{${spellings.join(",")}}${quote(rest)}`;
}

const ACTIONS: Record<ValueKind["names"], string> = {
  files: "_files",
  hosts: "_hosts",
  users: "_users",
  none: "",
};

function action(kind: ValueKind): string {
  return kind.words.length === 0 ? ACTIONS[kind.names] : `(${kind.words.join(" ")})`;
}

/** Brackets and colons have a meaning inside a spec. */
function escaped(text: string): string {
  return text.replace(/[\\[\]:]/g, "\\$&");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
