/** What is wrong with a plugin on a worker's machine. */
export interface PluginProblem {
  readonly path: string;
  readonly kind: "missing" | "not-executable" | "no-interpreter";
  /** Interpreter that is missing. */
  readonly detail: string;
}

const END = "looked";
/** Longer lists are cut: a command line has limits. */
export const MAX_PLUGINS = 200;

/**
 * A shell command that looks for plugins and prints one line for each that cannot run there, `END` at last. It starts no
 * plugin.
 *
 * @param paths absolute, latin1
 */
export function pluginScript(paths: readonly string[]): string {
  const quoted = paths.slice(0, MAX_PLUGINS).map((path) => `'${path.replaceAll("'", "'\\''")}'`);
  return (
    "say() { printf '%s\\t%s\\t%s\\n' \"$@\"; }; " +
    `for f in ${quoted.join(" ")}; do ` +
    'if [ ! -e "$f" ]; then say missing "$f" ""; ' +
    'elif [ ! -x "$f" ]; then say not-executable "$f" ""; ' +
    'else l=$(head -c 200 "$f" 2>/dev/null | head -n 1 | tr -d "\\000"); ' +
    'case "$l" in "#!"*) set -- $(printf "%s" "$l" | cut -c3-); i=$1; ' +
    'if [ "$i" = /usr/bin/env ]; then i=$2; [ "$i" != -S ] || i=$3; command -v "$i" >/dev/null || say no-interpreter "$f" "$i"; ' +
    'elif [ ! -x "$i" ]; then say no-interpreter "$f" "$i"; fi;; esac; fi; done; ' +
    `echo ${END}`
  );
}

const KINDS = ["missing", "not-executable", "no-interpreter"] as const;

/** Reads its output. @returns undefined if it did not come to its end */
export function readPluginProblems(output: string): PluginProblem[] | undefined {
  const lines = output.split("\n");
  if (!lines.includes(END)) return undefined;
  return lines.flatMap((line) => {
    const [word, path = "", detail = ""] = line.split("\t");
    const kind = KINDS.find((one) => one === word);
    return kind === undefined || path === "" ? [] : [{ kind, path, detail }];
  });
}
