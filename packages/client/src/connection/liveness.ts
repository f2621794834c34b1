import { type Clock, printAddress, type ServerAddress, systemClock, type Timer } from "@mod-gearman/base";

/** One connection as {@link Liveness} sees it. Internal to the package. */
export interface WatchedConnection {
  /** Whether anything was received since the last call. */
  takeHeard(): boolean;
  /** Asks the server for an answer. */
  ask(): void;
  /** The server does not answer. The connection leaves by itself. */
  giveUp(): void;
}

export interface LivenessOptions {
  readonly clock?: Clock;
}

/** Interval of the checks. After three silent ones a connection is dropped: at most 2.8 s after the last byte. */
const LOOK_EVERY_MS = 700;
const SILENT_LOOKS = 3;
const LAST_LOOK_MS = 10;
/** One connection of several that are heard is given up later: it may be sending a large job. */
const LONE_SILENT_LOOKS = 43;

interface Member {
  readonly connection: WatchedConnection;
  /** True if anything was received between the last two checks. */
  isHeard: boolean;
  /** Checks since an unanswered echo request; 0: none pending. */
  asked: number;
}

/**
 * Notices servers that have gone silent: stopped, or cut off without a word. All connections of a process to one server
 * are watched together, so that an idle worker with a hundred slots sends one echo request a second, and a busy
 * connection none. After three looks without a byte from a server all connections to it are given up. A look that comes late
 * does not count: where this process has to wait for a processor, so may the server.
 */
export class Liveness {
  readonly #clock: Clock;
  readonly #servers = new Map<string, ServerWatch>();
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(options: LivenessOptions = {}) {
    this.#clock = options.clock ?? systemClock;
  }

  get clock(): Clock {
    return this.#clock;
  }

  /** Watches a connection that has just been answered. @returns ends that */
  watch(server: ServerAddress, connection: WatchedConnection): () => void {
    const address = printAddress(server);
    let watch = this.#servers.get(address);
    if (watch === undefined) {
      watch = new ServerWatch(this.#clock, () => this.#servers.delete(address));
      this.#servers.set(address, watch);
    }
    for (const answered of [...(this.#waiting.get(address) ?? [])]) answered();
    return watch.add(connection);
  }

  /** Calls `answered` each time that this server has answered a new connection. @returns ends that */
  await(server: ServerAddress, answered: () => void): () => void {
    const address = printAddress(server);
    const waiting = this.#waiting.get(address) ?? new Set();
    this.#waiting.set(address, waiting.add(answered));
    return () => {
      if (waiting.delete(answered) && waiting.size === 0) this.#waiting.delete(address);
    };
  }
}

/** The connections to one server. */
class ServerWatch {
  readonly #clock: Clock;
  readonly #onEmpty: () => void;
  readonly #members = new Set<Member>();
  #timer: Timer | undefined;
  #silentLooks = 0;
  #dueMs = 0; // of the next look

  constructor(clock: Clock, onEmpty: () => void) {
    this.#clock = clock;
    this.#onEmpty = onEmpty;
  }

  add(connection: WatchedConnection): () => void {
    const member: Member = { connection, isHeard: true, asked: 0 };
    this.#members.add(member);
    this.#silentLooks = 0;
    if (this.#timer === undefined) this.#arm();
    return () => this.#remove(member);
  }

  #remove(member: Member): void {
    if (!this.#members.delete(member) || this.#members.size > 0) return;
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#onEmpty();
  }

  #arm(): void {
    this.#dueMs = this.#clock.monotonicMs() + LOOK_EVERY_MS;
    this.#timer = this.#clock.setTimeout(() => this.#look(), LOOK_EVERY_MS);
  }

  #look(): void {
    const isHeard = this.#readAll();
    const isLate = this.#clock.monotonicMs() - this.#dueMs > LOOK_EVERY_MS / 2;
    if (isHeard) this.#silentLooks = 0;
    else if (!isLate) this.#silentLooks++;
    if (this.#silentLooks >= SILENT_LOOKS) {
      this.#timer = this.#clock.setTimeout(() => this.#lastLook(), LAST_LOOK_MS);
      return;
    }
    this.#arm();
    for (const member of [...this.#members]) if (member.asked > LONE_SILENT_LOOKS) member.connection.giveUp();
    this.#askNext();
  }

  /** What has arrived is read between two timers, also when this process was stopped or had to wait for a processor. */
  #lastLook(): void {
    this.#silentLooks = 0;
    this.#arm();
    if (this.#readAll()) return;
    for (const { connection } of [...this.#members]) connection.giveUp();
  }

  #readAll(): boolean {
    let isHeard = false;
    for (const member of this.#members) {
      member.isHeard = member.connection.takeHeard();
      if (member.isHeard) {
        isHeard = true;
        member.asked = 0;
      } else if (member.asked > 0) member.asked++;
    }
    return isHeard;
  }

  /** The silent connection whose last question is the longest ago. */
  #askNext(): void {
    for (const member of this.#members) {
      if (member.isHeard || member.asked > 0) continue;
      member.asked = 1;
      this.#members.delete(member);
      this.#members.add(member); // behind the others
      member.connection.ask();
      return;
    }
  }
}
