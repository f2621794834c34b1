import { fromUtf8 } from "@mod-gearman/config";

/** One argument of a program: text, or its bytes if the text has lost some of them. */
export type Argument = string | Buffer;

const LOST = "\ufffd";

/**
 * Arguments with all their bytes: Node decodes them as UTF-8, which turns every byte of a name in another encoding into
 * U+FFFD. Only arguments with that character are looked up; if the system does not provide them, they stay unchanged.
 *
 * @param argv arguments without interpreter and script, as decoded by Node
 * @param commandLine the words with which the process was started, each ended by NUL: `/proc/self/cmdline`. May throw
 */
export function rawArguments(argv: readonly string[], commandLine: () => Buffer): Argument[] {
  if (!argv.some((one) => one.includes(LOST))) return [...argv];
  const words = wordsOf(commandLine).slice(-argv.length);
  const isSame = words.length === argv.length && argv.every((one, at) => isWord(one, words[at]));
  return argv.map((one, at) => (isSame && one.includes(LOST) ? (words[at] ?? one) : one));
}

function isWord(text: string, word: Buffer | undefined): boolean {
  return text.includes(LOST) || word?.toString("utf8") === text;
}

function wordsOf(commandLine: () => Buffer): Buffer[] {
  try {
    const words: Buffer[] = [];
    const line = commandLine();
    let start = 0;
    for (let end = line.indexOf(0); end !== -1; end = line.indexOf(0, start)) {
      words.push(line.subarray(start, end));
      start = end + 1;
    }
    return words;
  } catch {
    return []; // not available on this system
  }
}

/** Bytes of an argument, which need not be UTF-8, as latin1 text. */
export function fromArgument(argument: Argument): string {
  return typeof argument === "string" ? fromUtf8(argument) : argument.toString("latin1");
}
