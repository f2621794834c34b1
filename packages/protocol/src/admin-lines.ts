const TAB = 0x09;
const BLANK = 0x20;
const ZERO = 0x30;
const MINUS = 0x2d;
const NINE = 0x39;
const MAX_COUNT = 0x7fffffff;

/** One line of the `status` table: `name\ttotal\trunning\tworkers`. `total` includes the running jobs. */
export interface QueueStatus {
  readonly queue: Buffer;
  readonly total: number;
  readonly running: number;
  readonly workers: number;
}

/** One line of the `prioritystatus` table; only waiting jobs are counted. */
export interface PriorityStatus {
  readonly queue: Buffer;
  readonly high: number;
  readonly normal: number;
  readonly low: number;
  readonly workers: number;
}

/** One line of the `workers` table: a connection, with the functions it announced. */
export interface WorkerLine {
  readonly fd: number;
  readonly ip: Buffer;
  readonly id: Buffer;
  readonly functions: readonly Buffer[];
}

/** What the line of a queue in the table `show counters` says; no other job server than ours has it. Totals since the queue was made. */
export interface QueueCounters {
  readonly queue: Buffer;
  readonly waiting: number;
  /** That the oldest waiting job has waited; undefined if none waits. */
  readonly oldestSeconds: number | undefined;
  /** Jobs given to workers. */
  readonly grabs: number;
  /** Jobs that came back from workers which were lost. */
  readonly requeued: number;
  /** Jobs that were dropped while they waited. */
  readonly dropped: number;
}

/**
 * Parses one line of `show counters`; further columns are ignored. Source: X49.
 *
 * @returns undefined for a line with fewer than ten columns
 */
export function parseCountersLine(line: Buffer): QueueCounters | undefined {
  const columns = splitColumns(line, 10);
  const [queue, waiting, , , , oldest, grabs, , requeued, dropped] = columns;
  if (queue === undefined || waiting === undefined || oldest === undefined) return undefined;
  if (grabs === undefined || requeued === undefined || dropped === undefined) return undefined;
  return {
    queue,
    waiting: parseCount(waiting),
    oldestSeconds: oldest[0] === MINUS ? undefined : parseCount(oldest),
    grabs: parseTotal(grabs),
    requeued: parseTotal(requeued),
    dropped: parseDrops(dropped),
  };
}

/** The sum of `reason=number` with blanks between them, but for `retries`: those had been given to a worker. */
function parseDrops(text: Buffer): number {
  const numbers = text
    .toString("latin1")
    .split(" ")
    .filter((one) => !one.startsWith("retries="))
    .map((one) => Number(one.split("=")[1] ?? 0));
  return numbers.reduce((sum, one) => (Number.isSafeInteger(one) && one > 0 ? sum + one : sum), 0);
}

/** A number of a total, which may be larger than a count; 0 for text that is no number. */
function parseTotal(text: Buffer): number {
  const total = Number(text.toString("latin1"));
  return Number.isSafeInteger(total) && total > 0 ? total : 0;
}

/**
 * Parses one `status` line (without its LF). Columns after the fourth are ignored, a count that is not a
 * number is 0. Source: tools.md 1.
 *
 * @returns undefined for a line with fewer than four columns, i.e. a truncated one
 */
export function parseStatusLine(line: Buffer): QueueStatus | undefined {
  const columns = splitColumns(line, 4);
  const [queue, total, running, workers] = columns;
  if (queue === undefined || total === undefined || running === undefined || workers === undefined)
    return undefined;
  return { queue, total: parseCount(total), running: parseCount(running), workers: parseCount(workers) };
}

/** One `status` line with its LF. Source: job-server.md 3. */
export function printStatusLine(status: QueueStatus): Buffer {
  return printColumns(status.queue, [status.total, status.running, status.workers]);
}

/** Parses one `prioritystatus` line; rules as for `parseStatusLine`. Source: job-server.md 3. */
export function parsePriorityStatusLine(line: Buffer): PriorityStatus | undefined {
  const [queue, high, normal, low, workers] = splitColumns(line, 5);
  if (queue === undefined || high === undefined || normal === undefined) return undefined;
  if (low === undefined || workers === undefined) return undefined;
  return {
    queue,
    high: parseCount(high),
    normal: parseCount(normal),
    low: parseCount(low),
    workers: parseCount(workers),
  };
}

/** One `prioritystatus` line with its LF. Source: job-server.md 3. */
export function printPriorityStatusLine(status: PriorityStatus): Buffer {
  return printColumns(status.queue, [status.high, status.normal, status.low, status.workers]);
}

/**
 * Parses one `workers` line: `fd ip id : f1 f2`. Ids may contain blanks and ` :`, so the last ` :` followed
 * by a blank or the end is the separator. Undefined without one. Source: job-server.md 3.
 */
export function parseWorkerLine(line: Buffer): WorkerLine | undefined {
  const colon = lastDivider(line);
  const ipAt = line.indexOf(BLANK) + 1;
  const idAt = line.indexOf(BLANK, ipAt) + 1;
  if (ipAt === 0 || idAt === 0 || idAt > colon) return undefined;
  return {
    fd: parseCount(line.subarray(0, ipAt - 1)),
    ip: line.subarray(ipAt, idAt - 1),
    id: line.subarray(idAt, Math.max(idAt, colon - 1)),
    functions: splitWords(line.subarray(colon + 1)),
  };
}

/**
 * One `workers` line with its LF; an empty id gives two blanks, without functions it ends with `:`. Source: as above.
 */
export function printWorkerLine(worker: WorkerLine): Buffer {
  const pieces = [
    Buffer.from(`${worker.fd} `, "latin1"),
    worker.ip,
    Buffer.from(" "),
    worker.id,
    Buffer.from(" :"),
  ];
  for (const name of worker.functions) pieces.push(Buffer.from(" "), name);
  pieces.push(Buffer.from("\n"));
  return Buffer.concat(pieces);
}

/**
 * The version in an answer to `version`: the text after three bytes if the line starts with `O`, as in `OK
 * 1.1.20`, else the whole line, as sent by old servers. Source: tools.md 1.
 */
export function parseVersionLine(line: Buffer): Buffer {
  return line[0] === 0x4f ? line.subarray(3) : line;
}

/**
 * Words of a command line, separated by runs of blanks. Leading blanks give an empty first word, which is not
 * a command; trailing blanks an empty last one. Source: job-server.md 3, gearmand 1.1.20 (measured).
 */
export function splitCommand(line: Buffer): Buffer[] {
  const words = splitWords(line);
  if (line[0] === BLANK) words.unshift(line.subarray(0, 0));
  if (line.at(-1) === BLANK) words.push(line.subarray(line.length));
  return words;
}

/** A count as C `atoi` reads it, limited to 0…2³¹−1: digits up to the first other byte, 0 without any. */
function parseCount(text: Buffer): number {
  let count = 0;
  for (const byte of text) {
    if (byte < ZERO || byte > NINE) break;
    count = Math.min(count * 10 + byte - ZERO, MAX_COUNT);
  }
  return count;
}

function splitColumns(line: Buffer, wanted: number): Buffer[] {
  const columns: Buffer[] = [];
  let at = 0;
  while (columns.length < wanted) {
    const tab = line.indexOf(TAB, at);
    if (tab === -1) {
      columns.push(line.subarray(at));
      break;
    }
    columns.push(line.subarray(at, tab));
    at = tab + 1;
  }
  return columns;
}

function printColumns(queue: Buffer, counts: readonly number[]): Buffer {
  const tail = `\t${counts.join("\t")}\n`;
  const line = Buffer.allocUnsafe(queue.length + tail.length);
  line.set(queue, 0);
  line.write(tail, queue.length, "latin1");
  return line;
}

function splitWords(text: Buffer): Buffer[] {
  const words: Buffer[] = [];
  let start = -1;
  for (let at = 0; at <= text.length; at++) {
    const inWord = at < text.length && text[at] !== BLANK;
    if (inWord && start === -1) start = at;
    if (!inWord && start !== -1) {
      words.push(text.subarray(start, at));
      start = -1;
    }
  }
  return words;
}

/** Offset of the colon in the last ` :` followed by a blank or the end, −1 without one. */
function lastDivider(line: Buffer): number {
  for (let at = line.length - 1; at > 0; at--) {
    const divides = line[at] === 0x3a && line[at - 1] === BLANK;
    if (divides && (at === line.length - 1 || line[at + 1] === BLANK)) return at;
  }
  return -1;
}
