/* Words and lines of the commands `queue …`, which no other job server than ours has. Names are latin1 strings of their bytes. */

/** A queue in the table `queue list`. */
export interface QueueListLine {
  readonly name: string;
  readonly state: "-" | "paused" | "stalled";
  /** Those that wait, by priority. */
  readonly high: number;
  readonly normal: number;
  readonly low: number;
  /** For a later time. */
  readonly later: number;
  readonly running: number;
  readonly workers: number;
  /** Of the job that waits longest; undefined if none waits. */
  readonly ageSeconds: number | undefined;
  readonly bytes: number;
}

/** A job in the table `queue peek`. */
export interface PeekedJobLine {
  readonly handle: string;
  readonly unique: string;
  /** `waiting`, `later`, `running` */
  readonly state: string;
  /** `high`, `normal`, `low` */
  readonly priority: string;
  readonly ageSeconds: number;
  /** Of the whole workload. */
  readonly bytes: number;
  /** Workers that have lost it. */
  readonly retries: number;
  readonly isBackground: boolean;
  /** That wait for its result. */
  readonly clients: number;
  /** Since 1970; 0: at once. */
  readonly whenSeconds: number;
  /** Of the connection that has it. */
  readonly worker: string | undefined;
  /** The first bytes of it. */
  readonly workload: Buffer;
}

const PEEK_COLUMNS = 12;
const LIST_NUMBERS = 8;

/** A name as a word of a command: blanks, control characters and `%` as `%20`; an empty one is `%`. Source: job-server.md 11. */
export function encodeQueueWord(name: string): string {
  if (name === "") return "%";
  return name.replace(/[\0-\x20%\x7f]/g, (one) => `%${one.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

/** Reverses {@link encodeQueueWord}; a percent sign that begins no code stands for itself. */
export function decodeQueueWord(word: string): string {
  if (word === "%") return "";
  return word.replace(/%([0-9a-fA-F]{2})/g, (_all, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}

/** Parses one line of `queue list`; undefined if it is none. Source: job-server.md 11. */
export function parseQueueListLine(line: Buffer): QueueListLine | undefined {
  const [name = "", state, ...numbers] = line.toString("latin1").split("\t");
  const [high = 0, normal = 0, low = 0, later = 0, running = 0, workers = 0, age = 0, bytes = 0] =
    numbers.map(Number);
  if (numbers.length < LIST_NUMBERS || (state !== "-" && state !== "paused" && state !== "stalled"))
    return undefined;
  const ageSeconds = Number.isNaN(age) ? undefined : age;
  return {
    name: decodeQueueWord(name),
    state,
    high,
    normal,
    low,
    later,
    running,
    workers,
    ageSeconds,
    bytes,
  };
}

/** Parses one line of `queue peek`; undefined if it is none. Source: job-server.md 11. */
export function parsePeekedJobLine(line: Buffer): PeekedJobLine | undefined {
  const cells = line.toString("latin1").split("\t");
  if (cells.length < PEEK_COLUMNS) return undefined;
  const [handle = "", unique = "", state = "", priority = "", age, bytes, retries] = cells;
  const [background, clients, when, worker = "-", workload = ""] = cells.slice(7);
  return {
    ...{ handle: decodeQueueWord(handle), unique: decodeQueueWord(unique), state, priority },
    ...{ ageSeconds: Number(age), bytes: Number(bytes), retries: Number(retries) },
    ...{ isBackground: background === "1", clients: Number(clients), whenSeconds: Number(when) },
    worker: worker === "-" ? undefined : decodeQueueWord(worker),
    workload: Buffer.from(workload, "base64"),
  };
}

/** The numbers of an answer such as `OK moved=1 equal=0 not-stored=0 full=0`. Source: job-server.md 11. */
export function parseQueueCounts(line: Buffer): Partial<Record<string, number>> {
  const pairs = line.toString("latin1").matchAll(/([a-z-]+)=(\d+)/g);
  return Object.fromEntries([...pairs].map(([, name, count]) => [name, Number(count)]));
}

const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [/^ERR UNKNOWN_QUEUE/, "there is no such queue"],
  [/^ERR UNKNOWN_JOB/, "there is no such job"],
  [/^ERR SAME_QUEUE/, "both queues are the same"],
  [/^ERR NOT_ALLOWED/, "not allowed on this way into the server (right admin)"],
];

/** Why a command `queue …` was not performed, by its line `ERR …`; undefined for another line. Source: job-server.md 11. */
export function queueRefusal(line: Buffer): string | undefined {
  const text = line.toString("latin1");
  return REFUSALS.find(([pattern]) => pattern.test(text))?.[1];
}

/** Whether a line is that of a job server which does not know the command, as a gearmand in C. */
export function isUnknownCommand(line: Buffer): boolean {
  return line.toString("latin1").startsWith("ERR UNKNOWN_COMMAND");
}
