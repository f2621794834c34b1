import { startTimer } from "@mod-gearman/base";
import { StoreError } from "./errors.ts";
import { nameOfKey, rowOfName } from "./key-names.ts";
import { MemcachedConnection } from "./memcached-connection.ts";
import { ServerDriver } from "./server-driver.ts";
import { type Change, idOf, type StoredRow } from "./stored-job.ts";

export interface MemcachedSettings {
  /** `HOST:PORT[,…]`, as for libmemcached. */
  readonly servers: string;
  readonly prefix: string;
  readonly warn: (text: string) => void;
  /** Waits for so many milliseconds. */
  readonly pause?: (delayMs: number) => Promise<unknown>;
}

const DEFAULT_PORT = 11_211;
const MAX_KEY_BYTES = 250;
const KEYS_PER_GET = 100;
/** memcached lists keys for one client at a time, and looks for expired items itself from time to time, also at its start. */
const BUSY = /^BUSY/;
const BUSY_PAUSE_MS = 100;
const MAX_BUSY_ANSWERS = 300;
/** Blanks and controls end a key in the text protocol. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches control characters
const BAD_IN_KEY = /[\u0000-\u0020\u007f]/;
const DUMPED_KEY = /^key=(\S+)/;

/**
 * memcached in the layout of gearmand: the workload under PREFIX FUNCTION-UNIQUE, the priority as flags. It forgets jobs when
 * it ends or its memory is used up, and cannot keep jobs for later. Source: job-server.md 6.2, 6.3.
 */
export class MemcachedDriver extends ServerDriver<readonly MemcachedConnection[]> {
  readonly name = "libmemcached";
  readonly #servers: string;
  readonly #prefix: string;
  readonly #warn: (text: string) => void;
  readonly #pause: (delayMs: number) => Promise<unknown>;

  constructor({ servers, prefix, warn, pause = sleep }: MemcachedSettings) {
    super();
    this.#servers = servers;
    this.#prefix = Buffer.from(prefix).toString("latin1");
    this.#warn = warn;
    this.#pause = pause;
  }

  protected async connect(): Promise<readonly MemcachedConnection[]> {
    const servers = this.#servers.split(",").map((text) => serverOf(text, this.#warn));
    return await Promise.all(servers.map(({ host, port }) => MemcachedConnection.open(host, port)));
  }

  protected async prepare(): Promise<void> {
    this.#warn("libmemcached: jobs are lost when memcached ends or its memory is used up");
  }

  protected async read(
    connections: readonly MemcachedConnection[],
    add: (row: StoredRow) => void,
  ): Promise<void> {
    for (const connection of connections) {
      const keys = await this.#keysOf(connection);
      for (let at = 0; at < keys.length; at += KEYS_PER_GET)
        await this.#get(connection, keys.slice(at, at + KEYS_PER_GET), add);
    }
  }

  async #keysOf(connection: MemcachedConnection): Promise<string[]> {
    const keys: string[] = [];
    for (let line = await this.#startOfDump(connection); line !== "END"; line = await connection.line()) {
      const key = DUMPED_KEY.exec(line)?.[1];
      if (key === undefined) {
        this.#warn(`libmemcached: jobs from before cannot be listed: ${line}`);
        break;
      }
      const name = decodeName(key);
      if (name.startsWith(this.#prefix)) keys.push(name);
    }
    return keys;
  }

  /** The first line of the dump of all keys. Asked for again while memcached is busy, for 30 s at most. */
  async #startOfDump(connection: MemcachedConnection): Promise<string> {
    for (let busy = 1; ; busy++) {
      connection.send("lru_crawler metadump all\r\n");
      const line = await connection.line();
      if (!BUSY.test(line) || busy === MAX_BUSY_ANSWERS) return line;
      await this.#pause(BUSY_PAUSE_MS);
    }
  }

  async #get(
    connection: MemcachedConnection,
    keys: readonly string[],
    add: (row: StoredRow) => void,
  ): Promise<void> {
    connection.send(`get ${keys.join(" ")}\r\n`);
    for (const [key, { flags, data }] of await connection.values()) {
      const row = rowOfName(key.slice(this.#prefix.length));
      if (row !== undefined) add({ ...row, priority: flags, whenSeconds: 0, data });
    }
  }

  protected async change(
    connections: readonly MemcachedConnection[],
    changes: readonly Change[],
  ): Promise<void> {
    const requests = changes.map((change) => {
      const key = this.#keyOf(change);
      return {
        change,
        key,
        connection: connections[hashOf(key) % connections.length] as MemcachedConnection,
      };
    });
    if (connections.some(({ isEnded }) => isEnded)) throw new Error("the connection has ended");
    for (const { change, key, connection } of requests) {
      if ("remove" in change) connection.send(`delete ${key}\r\n`);
      else {
        const { priority, data } = change.add;
        connection.send(`set ${key} ${priority} 0 ${data.length}\r\n`, data, "\r\n");
      }
    }
    let problem: string | undefined;
    for (const { connection } of requests) {
      const answer = await connection.line();
      if (answer !== "STORED" && answer !== "DELETED" && answer !== "NOT_FOUND") problem ??= answer;
    }
    if (problem === undefined) return;
    // the changes are found one by one; to make one twice does no harm
    throw new StoreError(/too large|too long/.test(problem) ? "REFUSED" : "UNAVAILABLE", problem);
  }

  #keyOf(change: Change): string {
    const key = `${this.#prefix}${nameOfKey(idOf(change))}`;
    if ("add" in change) {
      if (key.length > MAX_KEY_BYTES || BAD_IN_KEY.test(key))
        throw new StoreError("REFUSED", "its function and unique cannot be a key of memcached");
      if (change.add.whenSeconds > 0) throw new StoreError("REFUSED", "memcached keeps no jobs for later");
    }
    return key;
  }

  protected isRefusal(error: unknown): boolean {
    return error instanceof StoreError && error.code === "REFUSED";
  }

  protected drop(connections: readonly MemcachedConnection[]): void {
    for (const connection of connections) connection.close();
  }
}

/**
 * Behind the port may be a weight; what else stands there libmemcached ignores, this says so.
 *
 * @throws StoreError CANNOT_OPEN
 */
function serverOf(text: string, warn: (text: string) => void): { host: string; port: number } {
  const found = /^\s*(?:\[([^\]]+)\]|([^:]+))(?::(\d+)(?::\d+)?(?:\s+(\S.*?))?)?\s*$/.exec(text);
  if (found === null)
    throw new StoreError("CANNOT_OPEN", `libmemcached-servers: '${text}' is not HOST[:PORT]`);
  const [, bracketed, bare = "", port, rest = ""] = found;
  if (!/^\d*$/.test(rest)) warn(`libmemcached-servers: '${rest}' is ignored`);
  return { host: bracketed ?? bare, port: port === undefined ? DEFAULT_PORT : Number(port) };
}

function sleep(delayMs: number): Promise<void> {
  return new Promise((resolve) => startTimer(resolve, delayMs));
}

/** Keys are dumped as in URIs. */
function decodeName(text: string): string {
  return text.replaceAll(/%([0-9a-fA-F]{2})/g, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Jenkins' one-at-a-time hash, by which libmemcached chooses the server of a key. */
function hashOf(key: string): number {
  let value = 0;
  for (let at = 0; at < key.length; at++) {
    value = (value + key.charCodeAt(at)) >>> 0;
    value = (value + (value << 10)) >>> 0;
    value = (value ^ (value >>> 6)) >>> 0;
  }
  value = (value + (value << 3)) >>> 0;
  value = (value ^ (value >>> 11)) >>> 0;
  return (value + (value << 15)) >>> 0;
}
