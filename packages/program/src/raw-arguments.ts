import { fromUtf8 } from "@mod-gearman/config";

/** One argument of a program: text, or its bytes where the text has lost some of them. */
export type Argument = string | Buffer;

const LOST = "\ufffd";

/**
 * Arguments with all their bytes: Node takes them for UTF-8, which turns every byte of a name in another encoding into
 * U+FFFD. Only arguments with that character are looked up; where the system cannot tell, they stay as they are.
 *
 * @param argv arguments without interpreter and script, as Node has them
 * @param commandLine the words the process was started with, each ended by NUL: `/proc/self/cmdline`. May throw
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
    return []; // no such thing on this system
  }
}

/** Bytes of an argument, which may be none of UTF-8, as latin1 text. */
export function fromArgument(argument: Argument): string {
  return typeof argument === "string" ? fromUtf8(argument) : argument.toString("latin1");
}
