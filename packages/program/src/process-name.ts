import { closeSync, constants, readFileSync, writeSync } from "node:fs";
import { openFile } from "@mod-gearman/base";

/** What of the process is needed; its `title` is what Node.js itself can change. */
export interface NamedHost {
  readonly argv: readonly string[];
  title: string;
}

/** Access to the files of proc(5) of this process. */
export interface ProcFiles {
  /** @param name below /proc/self */
  read(name: string): Buffer;
  write(name: string, bytes: Buffer, position?: number): void;
}

/** What a process list is to show. */
export interface ShownName {
  /** Command of the program. */
  readonly name: string;
  /** Options whose values are not shown. */
  readonly secrets: readonly string[];
}

type Secrets = Readonly<Record<string, { readonly secret?: boolean; readonly aliases?: readonly string[] }>>;

/** The kernel keeps one byte less than TASK_COMM_LEN. */
const COMM_BYTES = 15;
/** Fields 48 and 49 of /proc/<pid>/stat, arg_start and arg_end, counted from the field after the program's name. */
const ARG_START = 45;
const ARG_END = 46;
const HIDDEN = "***";
const NUL = Buffer.of(0);

const procSelf: ProcFiles = {
  read: (name) => readFileSync(`/proc/self/${name}`),
  write: (name, bytes, position) => {
    const file = openFile(`/proc/self/${name}`, constants.O_RDWR, { links: "refuse" });
    try {
      if (writeSync(file, bytes, 0, bytes.length, position) !== bytes.length) throw new Error("cut short");
    } finally {
      closeSync(file);
    }
  },
};

/**
 * Makes the process appear as its program in place of Node.js: `ps -ef`, `pgrep -f` and `pidof` find the command and its
 * arguments, `pgrep -x`, `ss -p` and `check_procs -C` the first 15 bytes of its name. Values of secret options are hidden.
 * Where the command line cannot be written, it is the name alone. Call it before the process becomes another user.
 *
 * `process.title` joins its words by blanks, so that `pidof` looks for the end of the last argument; and nothing sets a name
 * before Node.js runs, which names its main thread itself.
 */
export function nameProcess(host: NamedHost, shown: ShownName, files: ProcFiles = procSelf): void {
  try {
    const memory = argumentMemory(files.read("stat").toString("latin1"));
    const words = splitWords(files.read("cmdline"));
    const line = shownCommandLine(words, host.argv.length - 2, shown);
    const bytes = Buffer.alloc(memory.size); // what is left of the former arguments is overwritten too
    line.copy(bytes, 0, 0, memory.size - 1);
    files.write("mem", bytes, memory.start);
    files.write("comm", Buffer.from(shown.name.slice(0, COMM_BYTES)));
  } catch {
    host.title = shown.name;
  }
}

/** Names of the secret options of some tables, aliases included. */
export function secretOptions(...tables: readonly Secrets[]): string[] {
  return tables.flatMap((table) =>
    Object.entries(table).flatMap(([name, row]) =>
      row.secret === true ? [name, ...(row.aliases ?? [])] : [],
    ),
  );
}

/**
 * The words of a command line without interpreter, each ended by NUL.
 *
 * @param words interpreter, its own options, script and arguments, as bytes
 * @param count of the arguments
 */
function shownCommandLine(words: readonly Buffer[], count: number, shown: ShownName): Buffer {
  const script = words.at(-count - 1)?.toString("latin1") ?? "";
  // a path tells which installation runs
  const command = script.endsWith(`/${shown.name}`) ? script : shown.name;
  const args = count === 0 ? [] : words.slice(-count);
  const printed = args.map((word, at) => hideSecret(word, args[at - 1], shown.secrets));
  return Buffer.concat([Buffer.from(command, "latin1"), ...printed].flatMap((word) => [word, NUL]));
}

/** Getopt takes the value from the next word too. */
function hideSecret(word: Buffer, before: Buffer | undefined, secrets: readonly string[]): Buffer {
  if (before !== undefined && !before.includes("=") && isSecret(before, secrets)) return Buffer.from(HIDDEN);
  const at = word.indexOf("=");
  if (at < 0 || !isSecret(word.subarray(0, at), secrets)) return word;
  return Buffer.concat([word.subarray(0, at + 1), Buffer.from(HIDDEN)]);
}

/** Behind two dashes getopt takes the beginning of a name for the name. */
function isSecret(option: Buffer, secrets: readonly string[]): boolean {
  const [, dashes = "", name = ""] = /^(-*)(.*)$/s.exec(option.toString("latin1").toLowerCase()) ?? [];
  if (dashes.length < 2) return secrets.includes(name);
  return name !== "" && secrets.some((secret) => secret.startsWith(name));
}

function argumentMemory(stat: string): { start: number; size: number } {
  // the second field is the command in parentheses and may itself contain blanks and parentheses
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [start, end] = [Number(fields[ARG_START]), Number(fields[ARG_END])];
  if (!(start > 0 && end > start)) throw new Error("where the arguments are is hidden");
  return { start, size: end - start };
}

function splitWords(line: Buffer): Buffer[] {
  const words: Buffer[] = [];
  let start = 0;
  for (let end = line.indexOf(0); end !== -1; end = line.indexOf(0, start)) {
    words.push(line.subarray(start, end));
    start = end + 1;
  }
  return words;
}
