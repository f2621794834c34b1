/** Kinds of values; a `switch` may be given without one. */
export type FlagKind = "text" | "integer" | "switch";

export type FlagSet = Readonly<Record<string, FlagKind>>;

export interface ParsedFlags {
  /** Text by flag name, aliases resolved; switches are `true` or `false`, integers decimal. */
  readonly values: ReadonlyMap<string, string>;
  /** The first argument that is not a flag, and all after it. */
  readonly rest: readonly Buffer[];
}

export type FlagErrorCode = "UNKNOWN_FLAG" | "MISSING_VALUE" | "INVALID_VALUE" | "HELP";

/** Arguments that cannot be parsed; the message is shown to their author. */
export class FlagError extends Error {
  override readonly name: string = "FlagError";
  readonly code: FlagErrorCode;
  constructor(code: FlagErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

const SWITCH_VALUES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(["1", "t", "T", "true", "TRUE", "True"].map((text) => [text, "true"])),
  ...Object.fromEntries(["0", "f", "F", "false", "FALSE", "False"].map((text) => [text, "false"])),
};

/**
 * Reads flags as Go's `flag` package does, since the original programs use it: one or two dashes, `-name value`,
 * `-name=value`, `-switch[=bool]`; the rest begins at the first argument that is not a flag, or after `--`. The last one of
 * a repeated flag counts. Values are decoded as UTF-8.
 *
 * @param onFlag called for each flag, repeated ones too
 * @throws FlagError UNKNOWN_FLAG, MISSING_VALUE, INVALID_VALUE; HELP for `-h`, `-help` if no such flag exists
 */
export function parseFlags(
  args: readonly Buffer[],
  flags: FlagSet,
  aliases: Readonly<Record<string, string>> = {},
  onFlag?: (name: string, value: string) => void,
): ParsedFlags {
  const values = new Map<string, string>();
  let at = 0;
  while (at < args.length) {
    const argument = args[at]?.toString() ?? "";
    if (argument.length < 2 || !argument.startsWith("-")) break;
    at++;
    if (argument === "--") break;
    const { given, inline } = splitFlag(argument);
    const name = own(aliases, given) ?? given;
    const kind = own(flags, name);
    if (kind === undefined) throw unknownFlag(given);
    const text = inline ?? (kind === "switch" ? "true" : args[at++]?.toString());
    if (text === undefined) throw new FlagError("MISSING_VALUE", `flag needs an argument: -${given}`);
    const value = flagValue(kind, text, `for flag -${given}`);
    values.set(name, value);
    onFlag?.(name, value);
  }
  return { values, rest: args.slice(at) };
}

function own<V>(record: Readonly<Record<string, V>>, key: string): V | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function splitFlag(argument: string): { given: string; inline: string | undefined } {
  const body = argument.slice(argument.startsWith("--") ? 2 : 1);
  const equals = body.indexOf("=");
  if (body === "" || body.startsWith("-") || equals === 0) {
    throw new FlagError("UNKNOWN_FLAG", `bad flag syntax: ${argument}`);
  }
  if (equals < 0) return { given: body, inline: undefined };
  return { given: body.slice(0, equals), inline: body.slice(equals + 1) };
}

function unknownFlag(given: string): FlagError {
  if (given === "h" || given === "help") return new FlagError("HELP", "help requested");
  return new FlagError("UNKNOWN_FLAG", `flag provided but not defined: -${given}`);
}

/** @throws FlagError INVALID_VALUE */
export function flagValue(kind: FlagKind, text: string, where: string): string {
  if (kind === "text") return text;
  if (kind === "switch") {
    const value = own(SWITCH_VALUES, text);
    if (value === undefined) {
      throw new FlagError(
        "INVALID_VALUE",
        `invalid boolean value ${JSON.stringify(text)} ${where}: parse error`,
      );
    }
    return value;
  }
  if (!/^[+-]?\d{1,15}$/.test(text)) {
    throw new FlagError("INVALID_VALUE", `invalid value ${JSON.stringify(text)} ${where}: parse error`);
  }
  return String(Number(text));
}
