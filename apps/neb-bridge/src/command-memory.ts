import type { CheckEvent } from "./jobs.ts";
import { SharedStrings } from "./shared-strings.ts";

/** Some 50,000 objects. */
const MAX_BYTES = 16 * 1024 * 1024;
/** Of an entry, besides its characters: two strings, an object, a place in the table. */
const ENTRY_BYTES = 120;
const MAX_QUEUES = 1000;
/** Objects without a kept command whose next one is kept; the oldest question is forgotten. */
const MAX_WANTED = 256;

/** Command of the last job of an object; texts are latin1. */
export interface KeptCommand {
  readonly queue: string;
  readonly timeoutSeconds: number;
  readonly commandLine: string;
}

/** What is shown of the memory. */
export interface CommandCounts {
  /** Now. */
  objects: number;
  bytes: number;
  /** Jobs whose command had no room. */
  notKept: number;
  /** Questions that were not authentic. */
  refused: number;
}

const bytesOf = (key: string, { commandLine }: KeptCommand): number =>
  key.length + commandLine.length + ENTRY_BYTES;

/**
 * The commands of the last jobs, for those who ask. Bounded by bytes; who comes first stays, so that a site which is larger does not
 * write all of them again in each round of its checks. What was asked for in vain always gets room. After a reload of the core the former ones make room first.
 */
export class CommandMemory {
  readonly #counts: CommandCounts;
  readonly #maxBytes: number;
  readonly #queues = new SharedStrings(MAX_QUEUES);
  readonly #wanted = new Set<string>();
  #isOn = false;
  #current = new Map<string, KeptCommand>();
  /** Of the objects before the last reload. */
  #former = new Map<string, KeptCommand>();

  constructor(counts: CommandCounts, maxBytes: number = MAX_BYTES) {
    this.#counts = counts;
    this.#maxBytes = maxBytes;
  }

  /** Nothing is kept where nothing can be asked. */
  keepFor(isAsked: boolean): void {
    this.#isOn = isAsked;
    if (isAsked) return;
    this.#current.clear();
    this.#former.clear();
    this.#wanted.clear();
    this.#counts.objects = 0;
    this.#counts.bytes = 0;
  }

  /** A core has connected, whose objects may be others. */
  renew(): this {
    const former = this.#former;
    for (const [key, command] of this.#current) {
      former.delete(key);
      former.set(key, command);
    }
    this.#current = new Map();
    this.#recount();
    return this;
  }

  /** A job of a check is on a job server. @param key of its object, see `objectKey` */
  keep(key: string, event: Pick<CheckEvent, "queue" | "timeout" | "command_line">): void {
    if (!this.#isOn) return;
    const known = this.#current.get(key);
    if (known !== undefined && isOf(known, event)) return;
    if (known === undefined && !this.#hasRoom(key, event.command_line.length)) {
      this.#counts.notKept += 1;
      return;
    }
    const command = {
      queue: this.#queues.of(event.queue.toString("latin1")),
      timeoutSeconds: event.timeout,
      commandLine: event.command_line.toString("latin1"),
    };
    const isWanted = this.#wanted.delete(key);
    this.#drop(this.#current, key);
    this.#drop(this.#former, key);
    const bytes = bytesOf(key, command);
    if (!this.#makeRoom(bytes, isWanted || known !== undefined)) {
      this.#counts.notKept += 1;
      return;
    }
    this.#current.set(key, command);
    this.#counts.objects += 1;
    this.#counts.bytes += bytes;
  }

  /** The command of an object; without one, that of its next job will be kept. */
  find(key: string): KeptCommand | undefined {
    const found = this.#current.get(key) ?? this.#former.get(key);
    if (found !== undefined) return found;
    this.#wanted.delete(key);
    this.#wanted.add(key);
    const [oldest] = this.#wanted;
    if (this.#wanted.size > MAX_WANTED && oldest !== undefined) this.#wanted.delete(oldest);
    return undefined;
  }

  /** Cheap: on a site that is larger than the memory most checks end here. */
  #hasRoom(key: string, lineBytes: number): boolean {
    if (this.#former.size > 0 || this.#wanted.has(key)) return true;
    return this.#fits(key.length + lineBytes + ENTRY_BYTES);
  }

  #makeRoom(bytes: number, isWanted: boolean): boolean {
    if (this.#fits(bytes)) return true; // the usual case: a walk would begin at places that are empty by now
    for (const commands of isWanted ? [this.#former, this.#current] : [this.#former])
      for (const key of commands.keys()) {
        this.#drop(commands, key);
        if (this.#fits(bytes)) return true;
      }
    return false;
  }

  #fits(bytes: number): boolean {
    return this.#counts.bytes + bytes <= this.#maxBytes;
  }

  #drop(commands: Map<string, KeptCommand>, key: string): void {
    const command = commands.get(key);
    if (command === undefined) return;
    commands.delete(key);
    this.#counts.objects -= 1;
    this.#counts.bytes -= bytesOf(key, command);
  }

  #recount(): void {
    let bytes = 0;
    for (const [key, command] of this.#former) bytes += bytesOf(key, command);
    this.#counts.objects = this.#former.size;
    this.#counts.bytes = bytes;
  }
}

function isOf(
  { queue, timeoutSeconds, commandLine }: KeptCommand,
  event: Pick<CheckEvent, "queue" | "timeout" | "command_line">,
): boolean {
  return (
    event.timeout === timeoutSeconds && isSame(commandLine, event.command_line) && isSame(queue, event.queue)
  );
}

/** Without making a text of the bytes, for each check. */
function isSame(text: string, bytes: Buffer): boolean {
  if (text.length !== bytes.length) return false;
  for (let at = 0; at < bytes.length; at++) if (text.charCodeAt(at) !== bytes[at]) return false;
  return true;
}
