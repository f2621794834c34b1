import type { ReadStream, WriteStream } from "node:tty";

/** The part of the process that is needed here. */
export interface EarlyProcess {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Pick<ReadStream, "isTTY" | "setRawMode">;
  readonly stdout: Pick<WriteStream, "write"> & { readonly isTTY?: boolean };
}

/**
 * Options with which text is printed and the terminal stays as it is. Switches may be joined; what follows a letter that takes a value is
 * that value. The whole table of options takes long to load; the test compares.
 */
const TEXT_OPTION = /^(?:-[qv]*[bhV]|--(?:batch|check-config|help|version)(?:=|$))/;

/** To the beginning of the line, and empty it. */
const EMPTY_LINE = "\r\u001b[K";

/**
 * From now on the terminal does not show what is typed: it would stand on the screen that was there before, while the user
 * interface is loaded. What was typed while Node started is shown already, on the line where the call ended, and is removed. The keys are
 * read by the user interface. Node resets the terminal at the end of the process.
 */
export function hideTypedKeys({ argv, env, stdin, stdout }: EarlyProcess): void {
  if (!stdin.isTTY || stdout.isTTY !== true || env.TERM === "dumb") return;
  if (argv.slice(2).some((word) => TEXT_OPTION.test(word))) return;
  stdin.setRawMode(true);
  stdout.write(EMPTY_LINE);
}
