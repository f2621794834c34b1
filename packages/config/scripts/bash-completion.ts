import { allOptions, type Manual } from "./manuals/manual.ts";
import { type ValueKind, valueKind } from "./value-kinds.ts";

/** One option as it is typed. */
interface Typed {
  /** All spellings, dashes included. */
  readonly words: readonly string[];
  readonly hasValue: boolean;
  /** A value is never a word of its own. */
  readonly attached: boolean;
  /** Offered in a list; aliases are understood only. */
  readonly offered: readonly string[];
  readonly kind: ValueKind;
}

/** Completion for bash 4 and newer; needs no further package. */
export function bashCompletion(manual: Manual): string {
  const { name, grammar } = manual;
  const options = typedOptions(manual);
  const offered = [...options.flatMap((one) => one.offered), ...(grammar.words ?? [])];
  return `# bash completion for ${name}. Generated from the schema in packages/config; do not edit.

_${name}() {
    local cur=\${COMP_WORDS[COMP_CWORD]} before='' option='' prefix='' words='' names=''
    ((COMP_CWORD > 1)) && before=\${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()
    # "=" is a word of its own unless COMP_WORDBREAKS was changed
    if [[ $cur == '=' ]]; then
        option=$before cur=''
    elif [[ $before == '=' ]]; then
        option=\${COMP_WORDS[COMP_CWORD - 2]}
    elif [[ $cur == --*=* ]]; then
        option=\${cur%%=*} prefix=\${cur%%=*}= cur=\${cur#*=}
${grammar.separate ? separateValue(options) : ""}    fi
    case $option in
${cases(options).join("\n")}
    *) words='${quoted(offered.join(" "))}' ;;
    esac
    case $names in
    files)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        ;;
    hosts) mapfile -t COMPREPLY < <(compgen -A hostname -- "$cur") ;;
    users) mapfile -t COMPREPLY < <(compgen -u -- "$cur") ;;
    esac
    local word
    for word in $words; do
        [[ $word == "$cur"* ]] && COMPREPLY+=("$word")
    done
    [[ \${COMPREPLY[0]-} == *= ]] && compopt -o nospace 2>/dev/null
    [[ -n $prefix ]] && COMPREPLY=("\${COMPREPLY[@]/#/$prefix}")
    return 0
}

complete -F _${name} ${name}
`;
}

function typedOptions(manual: Manual): Typed[] {
  const { help } = manual;
  const options = allOptions(manual)
    .filter(({ meta }) => !meta.hidden)
    .map(({ option, meta }): Typed => {
      const letters = [...(meta.short ?? "")].map((letter) => `-${letter}`);
      const hasValue = meta.argument !== "";
      const aliases = meta.aliases.map((alias) => (alias.length === 1 ? `-${alias}` : `--${alias}`));
      const equals = hasValue && meta.optional !== true ? "=" : "";
      return {
        words: [`--${option}`, ...letters, ...aliases],
        hasValue,
        attached: meta.bare || meta.optional === true,
        offered: [`--${option}${equals}`, ...letters],
        kind: valueKind(meta),
      };
    });
  const switches = help.switches.map(
    ({ words }): Typed => ({
      words,
      hasValue: false,
      attached: true,
      offered: words,
      kind: { words: [], names: "none" },
    }),
  );
  return [...options, ...switches];
}

/** The branch for `--name value`. */
function separateValue(options: readonly Typed[]): string {
  const attached = options.filter((one) => one.hasValue && one.attached).flatMap((one) => one.words);
  const known =
    attached.length === 0
      ? ""
      : `        case $before in ${attached.join(" | ")}) ;; *) option=$before ;; esac\n`;
  return `    elif [[ $before == -* && $cur != --* ]]; then\n${known === "" ? "        option=$before\n" : known}`;
}

/** A branch per kind of value. */
function cases(options: readonly Typed[]): string[] {
  const branches = new Map<string, string[]>();
  for (const { words, hasValue, kind } of options) {
    if (!hasValue) continue;
    const then = [
      ...(kind.words.length === 0 ? [] : [`words='${quoted(kind.words.join(" "))}'`]),
      ...(kind.names === "none" ? [] : [`names=${kind.names}`]),
    ].join(" ");
    branches.set(then, [...(branches.get(then) ?? []), ...words]);
  }
  return [...branches].map(([then, words]) => `    ${words.join(" | ")}) ${then === "" ? ":" : then} ;;`);
}

function quoted(text: string): string {
  return text.replaceAll("'", "'\\''");
}
