import type { EnvelopeHeader } from "./header.ts";
import type { Identity } from "./identity-list.ts";
import type { IdentityKeys, MasterKeys } from "./key-file.ts";
import {
  type EnvelopeKey,
  envelopeKey,
  identityId,
  identitySecret,
  jobIdSecret,
  jobSecret,
} from "./key-schedule.ts";
import type { KeySource } from "./opener.ts";

/** Keys of queues and identities that are kept. More are made when they are needed. */
const MAX_KEPT = 10_000;

/** All keys of a site, made from its master secret. */
export class BridgeKeys implements KeySource {
  /** 32 bytes, for the bridge alone: what proves that it made the id of a job. */
  readonly jobIdSecret: Buffer;
  #master: MasterKeys;
  readonly #identityOf: (idText: string) => Pick<Identity, "isRevoked"> | undefined;
  readonly #jobKeys = new Map<string, EnvelopeKey>();
  /** Of identities that have sent an authentic message. */
  readonly #identityKeys = new Map<string, EnvelopeKey>();

  /** @param identityOf looks up what is known of an identity by its id, latin1; revoked ones are refused */
  constructor(
    master: MasterKeys,
    identityOf: (idText: string) => Pick<Identity, "isRevoked"> | undefined = () => undefined,
  ) {
    this.jobIdSecret = jobIdSecret(master.secret);
    this.#master = master;
    this.#identityOf = identityOf;
  }

  get master(): MasterKeys {
    return this.#master;
  }

  /** From now on these epochs count. @throws RangeError for another secret, which is another site */
  useEpochs({ secret, epochs }: MasterKeys): void {
    if (!secret.equals(this.#master.secret)) throw new RangeError("another master secret");
    if (epochs[0] !== this.#master.epochs[0]) this.#jobKeys.clear();
    this.#master = { secret, epochs };
  }

  /** The key that jobs of a queue are sealed under. @throws RangeError for a name of 0 or more than 511 bytes */
  jobKey(queue: Buffer): EnvelopeKey {
    const name = queue.toString("latin1");
    const known = this.#jobKeys.get(name);
    if (known !== undefined) return known;
    const [epoch = 0] = this.#master.epochs;
    const secret = jobSecret(this.#master.secret, queue, epoch);
    const key = envelopeKey({ direction: "job", epoch, secret });
    keep(this.#jobKeys, name, key);
    return key;
  }

  find(header: EnvelopeHeader, known?: EnvelopeKey): EnvelopeKey | "UNKNOWN_KEY" | "REVOKED" {
    const { direction, epoch, keyId } = header;
    if (!this.#master.epochs.includes(known?.epoch ?? epoch)) return "UNKNOWN_KEY"; // it may have been taken away
    if (known !== undefined) return this.#identityOf(known.idText)?.isRevoked === true ? "REVOKED" : known;
    if (direction !== "result" && direction !== "passive") return "UNKNOWN_KEY";
    if (this.#identityOf(keyId.toString("latin1"))?.isRevoked === true) return "REVOKED";
    return this.#identityKey(direction, keyId, epoch);
  }

  /**
   * The key of a worker that has been revoked: what it seals counts for nothing, but says which of its jobs must be run by another
   * one. Arguments as in {@link find}.
   */
  findRevoked({ direction, epoch, keyId }: EnvelopeHeader, known?: EnvelopeKey): EnvelopeKey | "UNKNOWN_KEY" {
    if (direction !== "result" || !this.#master.epochs.includes(epoch)) return "UNKNOWN_KEY";
    if (this.#identityOf(keyId.toString("latin1"))?.isRevoked !== true) return "UNKNOWN_KEY";
    return known ?? this.#identityKey(direction, keyId, epoch);
  }

  #identityKey(direction: "result" | "passive", id: Buffer, epoch: number): EnvelopeKey {
    const known = this.#identityKeys.get(nameOf({ direction, epoch, id }));
    if (known !== undefined) return known;
    const secret = identitySecret(this.#master.secret, direction, id, epoch);
    return envelopeKey({ direction, epoch, id, secret });
  }

  /** Keeps the key of an authentic message, so that it need not be made again. */
  confirmed(key: EnvelopeKey): void {
    const name = nameOf(key);
    if (!this.#identityKeys.has(name)) keep(this.#identityKeys, name, key);
  }
}

/** Keys of a worker or sender, from its file. */
export class OwnKeys implements KeySource {
  readonly name: string;
  /** That its own messages are sealed under. */
  readonly own: EnvelopeKey;
  readonly #jobs = new Map<string, { readonly key: EnvelopeKey; readonly queue: Buffer }>();

  constructor({ kind, name, own, jobs }: IdentityKeys) {
    this.name = name;
    const [newest] = own;
    if (newest === undefined) throw new RangeError("an identity without key");
    this.own = envelopeKey({
      direction: kind === "worker" ? "result" : "passive",
      id: identityId(Buffer.from(name, "latin1")),
      ...newest,
    });
    for (const { epoch, secret, queue } of jobs) {
      const key = envelopeKey({ direction: "job", epoch, secret });
      this.#jobs.set(nameOf(key), { key, queue });
    }
  }

  /** Whether it has a key for the jobs of a queue. */
  canOpen(queue: Buffer): boolean {
    return [...this.#jobs.values()].some((job) => job.queue.equals(queue));
  }

  find({ direction, epoch, keyId }: EnvelopeHeader, known?: EnvelopeKey): EnvelopeKey | "UNKNOWN_KEY" {
    if (known !== undefined) return known;
    return this.#jobs.get(nameOf({ direction, epoch, id: keyId }))?.key ?? "UNKNOWN_KEY";
  }
}

function nameOf({ direction, epoch, id }: Pick<EnvelopeKey, "direction" | "epoch" | "id">): string {
  return `${direction} ${epoch} ${id.toString("latin1")}`;
}

function keep(keys: Map<string, EnvelopeKey>, name: string, key: EnvelopeKey): void {
  keys.set(name, key);
  if (keys.size <= MAX_KEPT) return;
  const [oldest] = keys.keys();
  if (oldest !== undefined) keys.delete(oldest);
}
