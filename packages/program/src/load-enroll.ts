import {
  type EnrollOptions,
  enrollEnvironment,
  enrollHelp,
  enrollTable,
  helpText,
  type LoadDeps,
  type Loaded,
  toOptions,
  WarningCollector,
} from "@mod-gearman/config";
import { loadGetopt, toolFailure } from "./getopt-program.ts";
import { checkTlsFiles, completeTls, withTls } from "./tls-options.ts";

const COMMANDS = ["init", "issue", "redeem", "list", "revoke", "rotate", "renew"] as const;
/** Commands with an operand. */
const WITH_OPERAND: readonly string[] = ["issue", "redeem", "revoke"];
const EXIT_CODE = 3;

export type EnrollCommand = (typeof COMMANDS)[number];

export type EnrollRequest =
  | (Loaded<EnrollOptions> & {
      readonly command: EnrollCommand;
      /** The second word: a name, a ticket, an id; "" for commands without. May be secret. */
      readonly operand: string;
    })
  /** Exit code 0. */
  | { readonly help: string }
  /** Exit code 0. */
  | { readonly version: true };

/**
 * Command, operand and settings of mod_gearman_enroll from its arguments.
 *
 * @param argv arguments without interpreter and script
 * @throws ConfigError BAD_LINE, BAD_VALUE; exit code 3, or 2 with `--check-config`; `help` is set
 */
export function loadEnroll(argv: readonly string[], deps: LoadDeps): EnrollRequest {
  const [word = "", second = ""] = argv;
  const command = COMMANDS.find((one) => one === word);
  const hasOperand = command !== undefined && WITH_OPERAND.includes(command);
  const rest = command === undefined ? argv : argv.slice(hasOperand ? 2 : 1);
  const program = { ...enrollHelp, table: enrollTable, environment: enrollEnvironment };
  const loaded = loadGetopt(rest, program, deps, ({ values, sources, warnings }) => {
    if (command === undefined) throw toolFailure("BAD_LINE", "the first word is no command", warnings);
    const context = { sources, exitCode: EXIT_CODE, deps, warnings };
    // in a ticket they are only named; those of a ticket are not known yet
    if (command === "issue") values.servers = withTls(values.servers, values);
    else if (command === "redeem" && values.tlsCaFile !== undefined) checkTlsFiles(values, context);
    else if (command === "renew") completeTls(values, context);
    return toOptions(values);
  });
  if ("help" in loaded || "version" in loaded) return loaded;
  if (command === undefined) return { help: helpText(enrollHelp) };
  const isMissing = hasOperand && (second === "" || (second.startsWith("-") && second !== "-"));
  const stray = loaded.warnings.find(({ text }) => text.includes("is not an option"));
  if (isMissing || stray !== undefined) {
    const text = isMissing
      ? `${command} needs a word behind it`
      : `${stray?.text}; options follow the operand`;
    throw toolFailure("BAD_LINE", text, new WarningCollector());
  }
  return { ...loaded, command, operand: hasOperand ? second : "" };
}
