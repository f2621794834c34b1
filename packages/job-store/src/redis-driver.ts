import { bytesOf, fromColumn, numberOf, secondsOf, toBytes } from "./bytes.ts";
import { nameOfKey, rowOfName } from "./key-names.ts";
import { loadDriver } from "./load-driver.ts";
import { ServerDriver } from "./server-driver.ts";
import { type Change, idOf, type RowId, type StoredRow } from "./stored-job.ts";

type Command = readonly (string | Buffer)[];

/** The part of the package ioredis that the store uses. */
interface Client {
  connect(): Promise<void>;
  disconnect(): void;
  on(event: "error" | "end", listener: (error?: unknown) => void): unknown;
  callBuffer(command: string, ...args: (string | Buffer)[]): Promise<unknown>;
  multi(commands: Command[]): { exec(): Promise<readonly [Error | null, unknown][] | null> };
}

interface Redis {
  readonly Redis: new (settings: Record<string, unknown>) => Client;
}

export interface RedisSettings {
  readonly host: string;
  readonly port: number;
  readonly password: string | undefined;
  readonly prefix: string;
}

const KEYS_PER_SCAN = 1000;
const NORMAL = 1;

/**
 * Redis or Valkey in the layout of gearmand's development head: a hash per job with data, priority, function and unique; the
 * time of a job for later is a field of ours. Source: job-server.md 6.2.
 */
export class RedisDriver extends ServerDriver<Client> {
  readonly name = "redis";
  readonly #settings: RedisSettings;
  readonly #prefix: string;
  /** Keys of rows of gearmand that ours would not have, by ours. */
  readonly #foundAs = new Map<string, Buffer>();

  constructor(settings: RedisSettings) {
    super();
    this.#settings = settings;
    this.#prefix = `${Buffer.from(settings.prefix).toString("latin1")}-`;
  }

  protected async connect(): Promise<Client> {
    const { Redis: RedisClient } = await loadDriver<Redis>(this.name, "ioredis");
    const { host, port, password } = this.#settings;
    const client = new RedisClient({
      ...(host.startsWith("/") ? { path: host } : { host, port }),
      password,
      lazyConnect: true,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      retryStrategy: null, // `write` connects again
    });
    let reason: unknown;
    client.on("error", (error) => {
      reason = error;
      this.lost(client);
    });
    client.on("end", () => this.lost(client));
    try {
      await client.connect();
    } catch (error) {
      throw reason ?? error; // it says only that the connection is closed
    }
    return client;
  }

  protected async prepare(client: Client): Promise<void> {
    await client.callBuffer("PING");
  }

  protected async read(client: Client, add: (row: StoredRow) => void): Promise<void> {
    const pattern = `${this.#prefix.replaceAll(/[*?[\]\\]/g, "\\$&")}*`;
    const seen = new Set<string>(); // SCAN may show a key twice
    for (let cursor: string | Buffer = "0"; ; ) {
      const answer = await client.callBuffer(
        "SCAN",
        cursor,
        "MATCH",
        toBytes(pattern),
        "COUNT",
        `${KEYS_PER_SCAN}`,
      );
      const [next, keys] = answer as [Buffer, Buffer[]];
      const fresh = keys.filter((key) => !seen.has(key.toString("latin1")));
      for (const key of fresh) seen.add(key.toString("latin1"));
      const rows = await Promise.all(fresh.map((key) => this.#row(client, key)));
      for (const row of rows) if (row !== undefined) add(row);
      cursor = next;
      if (next.toString() === "0") return;
    }
  }

  async #row(client: Client, key: Buffer): Promise<StoredRow | undefined> {
    const id = rowOfName(key.toString("latin1").slice(this.#prefix.length));
    const type = await client.callBuffer("TYPE", key);
    if (fromColumn(type) === "string") {
      // gearmand up to 1.1.15
      const data = bytesOf(await client.callBuffer("GET", key));
      return id && { ...id, priority: NORMAL, whenSeconds: 0, data };
    }
    if (fromColumn(type) !== "hash") return undefined;
    const fields = fieldsOf((await client.callBuffer("HGETALL", key)) as Buffer[]);
    const [name, unique] = [fields.get("function"), fields.get("unique")];
    const row = name === undefined || unique === undefined ? id : namesOf(name, unique);
    if (row === undefined || (await this.#isSecond(client, row, key))) return undefined;
    return {
      ...row,
      priority: numberOf(fields.get("priority")),
      whenSeconds: secondsOf(fields.get("when")),
      data: bytesOf(fields.get("data")),
    };
  }

  /** gearmand has `FUNCTION-UNIQUE` with a hyphen in the function too. @returns true if there is a row under our key as well */
  async #isSecond(client: Client, row: RowId, key: Buffer): Promise<boolean> {
    const own = this.#keyOf(row);
    if (own.equals(key)) return false;
    this.#foundAs.set(own.toString("latin1"), key);
    return Number(await client.callBuffer("EXISTS", own)) > 0;
  }

  protected async change(client: Client, changes: readonly Change[]): Promise<void> {
    const commands = changes.map((change) => this.#command(change));
    const replaced = this.#foundAs.size === 0 ? [] : this.#foundKeys(changes);
    for (const key of replaced) commands.push(["del", this.#foundAs.get(key) ?? key]);
    const outcomes = await client.multi(commands).exec();
    for (const [error] of outcomes ?? []) if (error !== null) throw error;
    for (const key of replaced) this.#foundAs.delete(key);
  }

  /** Those of ours for which rows were found under others. */
  #foundKeys(changes: readonly Change[]): string[] {
    const keys = changes.map((change) => this.#keyOf(idOf(change)).toString("latin1"));
    return keys.filter((key) => this.#foundAs.has(key));
  }

  #keyOf(row: RowId): Buffer {
    return toBytes(`${this.#prefix}${nameOfKey(row)}`);
  }

  #command(change: Change): Command {
    const key = this.#keyOf(idOf(change));
    if (!("add" in change)) return ["del", key];
    const { function: name, key: unique, priority, whenSeconds, data } = change.add;
    return [
      ...["hset", key, "data", data, "priority", `${priority}`],
      ...["function", toBytes(name), "unique", toBytes(unique)],
      ...(whenSeconds > 0 ? ["when", `${whenSeconds}`] : []),
    ];
  }

  protected isRefusal(): boolean {
    return false;
  }

  protected drop(client: Client): void {
    client.disconnect();
  }
}

function fieldsOf(answer: readonly Buffer[]): Map<string, Buffer> {
  const fields = new Map<string, Buffer>();
  for (let at = 0; at + 1 < answer.length; at += 2)
    fields.set(fromColumn(answer[at]), bytesOf(answer[at + 1]));
  return fields;
}

function namesOf(name: Buffer, unique: Buffer): { function: string; key: string } {
  return { function: name.toString("latin1"), key: unique.toString("latin1") };
}
