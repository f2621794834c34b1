import { lchown, mkdir, readdir, readFile, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, omitUndefined } from "@mod-gearman/base";
import { isIdentityName, TICKET_SEED_BYTES } from "@mod-gearman/crypto";
import { ASIDE, makeWhole, type Owner, replaceWhole } from "./whole-file.ts";

export interface IssuedTicket {
  /** Key id, 16 hexadecimal digits. */
  readonly id: string;
  readonly name: string;
  readonly kind: "worker" | "sender";
  /** What the secret is made from. */
  readonly seed: Buffer;
  /** Milliseconds since 1970. */
  readonly issuedMs: number;
  readonly expiresMs: number;
}

export interface Redemption {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** As the machine calls itself. */
  readonly host: string;
  /** X25519 key of the request: who has it may ask again, and gets the same answer. */
  readonly publicKey: Buffer;
}

export interface TicketState extends IssuedTicket {
  readonly redeemed?: Redemption;
  readonly revokedMs?: number;
  /** Redeemed a second time. */
  readonly alarm?: Pick<Redemption, "atMs" | "host">;
}

/** What is known of the keys of an identity. */
export interface KeyHolder {
  readonly name: string;
  /** It has sealed a request under a key of this epoch. */
  readonly epoch: number;
  readonly atMs: number;
  readonly host: string;
}

const ID = /^[0-9a-f]{16}$/;
const TICKET_FILE = /^([0-9a-f]{16})\.ticket$/;
const FACTS = ["redeemed", "revoked", "alarm"] as const;
/** More are not issued. */
const MAX_TICKETS = 10_000;
const FORGET_AFTER_MS = 90 * 24 * 3_600_000;
const ASIDE_MS = 3_600_000;

/**
 * Tickets and what became of them, in files that are made whole and never changed, so that a crash of any program at any moment
 * loses no redemption and no revocation. Nothing in it can be redeemed without the master secret. Source: envelope-v2.md 11.
 */
export class TicketFolder {
  readonly #tickets: string;
  readonly #holders: string;
  readonly #owner: Owner | undefined;

  /** @param owner of new files, when root makes them */
  constructor(folder: string, owner?: Owner) {
    this.#tickets = join(folder, "tickets");
    this.#holders = join(folder, "workers");
    this.#owner = owner;
  }

  /** Keeps a new ticket. @throws RangeError if there are too many; the error of `node:fs` */
  async add({ id, name, kind, seed, issuedMs, expiresMs }: IssuedTicket): Promise<void> {
    await this.#makeFolder(this.#tickets);
    const known = (await readdir(this.#tickets)).filter((file) => TICKET_FILE.test(file));
    if (known.length >= MAX_TICKETS) throw new RangeError(`there are ${MAX_TICKETS} tickets already`);
    const values = {
      type: "ticket",
      name,
      kind,
      seed: seed.toString("hex"),
      issued: issuedMs,
      expires: expiresMs,
    };
    if (!(await this.#fact(id, "ticket", values)))
      throw new RangeError("a ticket with this id is there already");
  }

  /** @param id as in the header of a request @returns undefined for one that was never issued, or is forgotten */
  async find(id: string): Promise<TicketState | undefined> {
    if (!ID.test(id)) return undefined;
    const values = await readValues(this.#pathOf(id, "ticket"));
    const ticket = values && ticketOf(id, values);
    if (ticket === undefined) return undefined;
    const [redeemed, revoked, alarm] = await Promise.all(
      FACTS.map((fact) => readValues(this.#pathOf(id, fact))),
    );
    const publicKey = Buffer.from(redeemed?.get("public") ?? "", "hex");
    const facts = {
      redeemed: redeemed && { ...whoOf(redeemed), publicKey },
      revokedMs: revoked && Number(revoked.get("at")),
      alarm: alarm && whoOf(alarm),
    };
    return { ...ticket, ...omitUndefined(facts) };
  }

  /** @returns false if it was redeemed before: exactly one call for a ticket ever returns true */
  redeem(id: string, { atMs, host, publicKey }: Redemption): Promise<boolean> {
    return this.#fact(id, "redeemed", { at: atMs, host, public: publicKey.toString("hex") });
  }

  /** @returns false if it was revoked before */
  revoke(id: string, atMs: number): Promise<boolean> {
    return this.#fact(id, "revoked", { at: atMs });
  }

  /** The first one is kept. */
  async alarm(id: string, { atMs, host }: Pick<Redemption, "atMs" | "host">): Promise<void> {
    await this.#fact(id, "alarm", { at: atMs, host });
  }

  /** All tickets, the oldest first. */
  async list(): Promise<TicketState[]> {
    const ids = (await namesIn(this.#tickets)).map((file) => TICKET_FILE.exec(file)?.[1]);
    const found: TicketState[] = [];
    for (const id of ids) {
      const ticket = id === undefined ? undefined : await this.find(id);
      if (ticket !== undefined) found.push(ticket);
    }
    return found.toSorted((one, other) => one.issuedMs - other.issuedMs);
  }

  /** Removes tickets that ended 90 days ago, and what crashes have left. @returns number of tickets removed */
  async forget(nowMs: number): Promise<number> {
    let removed = 0;
    for (const { id, expiresMs, redeemed } of await this.list()) {
      const endedMs = Math.max(expiresMs, redeemed?.atMs ?? 0); // NaN, in a damaged file, is no reason to forget it
      if (!(endedMs <= nowMs - FORGET_AFTER_MS)) continue;
      for (const fact of ["ticket", ...FACTS] as const) await unlinkIfThere(this.#pathOf(id, fact));
      removed += 1;
    }
    for (const name of await namesIn(this.#tickets)) {
      if (!name.startsWith(ASIDE.start) || !name.endsWith(ASIDE.end)) continue;
      const path = join(this.#tickets, name);
      const changedMs = (await stat(path).catch(() => undefined))?.mtimeMs ?? nowMs;
      if (changedMs < nowMs - ASIDE_MS) await unlinkIfThere(path);
    }
    return removed;
  }

  /** An identity has proven that it has keys of an epoch. */
  async holds({ name, epoch, atMs, host }: KeyHolder): Promise<void> {
    if (!isIdentityName(name)) throw new RangeError("not the name of an identity");
    await this.#makeFolder(this.#holders);
    await replaceWhole(join(this.#holders, name), print({ epoch, at: atMs, host }), { owner: this.#owner });
  }

  /** @returns undefined for an identity that has shown no key */
  async holder(name: string): Promise<KeyHolder | undefined> {
    if (!isIdentityName(name)) return undefined;
    const values = await readValues(join(this.#holders, name));
    return values && { name, epoch: Number(values.get("epoch")), ...whoOf(values) };
  }

  async holders(): Promise<KeyHolder[]> {
    const found: KeyHolder[] = [];
    for (const name of await namesIn(this.#holders)) {
      const holder = await this.holder(name);
      if (holder !== undefined) found.push(holder);
    }
    return found;
  }

  #pathOf(id: string, kind: string): string {
    return join(this.#tickets, `${id}.${kind}`);
  }

  #fact(id: string, kind: string, values: Readonly<Record<string, string | number>>): Promise<boolean> {
    return makeWhole(this.#pathOf(id, kind), print(values), { owner: this.#owner });
  }

  async #makeFolder(path: string): Promise<void> {
    try {
      await mkdir(path, { mode: 0o700 });
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
      return;
    }
    const owner = this.#owner;
    if (owner !== undefined) await lchown(path, owner.uid, owner.gid);
  }
}

function print(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");
}

/** @returns undefined if there is no such file @throws the error of `node:fs` otherwise */
async function readValues(path: string): Promise<Map<string, string> | undefined> {
  let text: string;
  try {
    text = await readFile(path, "latin1");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
  const lines = text.split("\n").map((line) => line.split(/=(.*)/, 2));
  return new Map(lines.map(([key = "", value = ""]) => [key, value]));
}

function whoOf(values: ReadonlyMap<string, string>): { atMs: number; host: string } {
  return { atMs: Number(values.get("at")), host: values.get("host") ?? "" };
}

function ticketOf(id: string, values: ReadonlyMap<string, string>): IssuedTicket | undefined {
  const [name = "", kind] = [values.get("name"), values.get("kind")];
  const seed = Buffer.from(values.get("seed") ?? "", "hex");
  const [issuedMs, expiresMs] = [Number(values.get("issued")), Number(values.get("expires"))];
  if (!isIdentityName(name) || (kind !== "worker" && kind !== "sender")) return undefined;
  if (seed.length !== TICKET_SEED_BYTES || !Number.isFinite(issuedMs) || !(expiresMs > 0)) return undefined;
  return { id, name, kind, seed, issuedMs, expiresMs };
}

/** Empty if there is no such folder. */
async function namesIn(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}

async function unlinkIfThere(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (codeOf(error) !== "ENOENT") throw error;
  });
}
