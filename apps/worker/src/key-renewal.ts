import { randomBytes } from "node:crypto";
import type { Clock, Logger, ServerAddress, Timer } from "@mod-gearman/base";
import {
  type IdentityKeys,
  KeyFileError,
  parseIdentityFile,
  printIdentityFile,
  requestHost,
} from "@mod-gearman/crypto";
import { AskError, BridgeTalk } from "@mod-gearman/enrolment";
import { rateLimited } from "@mod-gearman/observe";
import type { Micros } from "@mod-gearman/payload";
import type { Settings } from "./settings.ts";

/** The way to the bridge, for one question or two. */
interface KeyLine {
  /** @throws AskError */
  send(request: Buffer): Promise<Buffer>;
  close(): Promise<void>;
}

export interface KeyRenewalWorld {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly hostName: string;
  /** Time of day. */
  nowMicros(): Micros;
  connectBridge(servers: readonly ServerAddress[], queue: Buffer): KeyLine;
  /** Replaces the file with the keys of this worker, at once. */
  writeKeys(path: string, content: Buffer): Promise<void>;
}

/** What the answers of the bridge say about this worker, besides its keys. */
export interface RenewalEvents {
  /** The bridge takes nothing of it any more. */
  onRevoked(): void;
  /** It gives keys, so it takes results. */
  onAccepted(): void;
}

const MS_PER_SECOND = 1000;
const LOG_EVERY_MS = 600_000;

/**
 * Asks the bridge for the keys of this worker now and then, so that a new epoch, or a new queue, needs neither a hand nor a restart
 * (`envelope_renew_interval`). Source: envelope-v2.md 13.
 */
export class KeyRenewal {
  readonly #world: KeyRenewalWorld;
  readonly #events: RenewalEvents;
  readonly #problem: (text: string) => void;
  #settings: Settings | undefined;
  /** As the file still has it, if newer keys could not be written. */
  #onDisk: IdentityKeys | undefined;
  #timer: Timer | undefined;
  #isAsking = false;

  constructor(world: KeyRenewalWorld, events: RenewalEvents) {
    this.#world = world;
    this.#events = events;
    this.#problem = rateLimited(
      (text) => world.logger.error(text),
      LOG_EVERY_MS,
      () => world.clock.monotonicMs(),
    );
  }

  /** From now on for these settings; asks at once. */
  use(settings: Settings): void {
    this.close();
    this.#settings = settings;
    this.#onDisk = undefined;
    if (this.#isOn(settings) && !this.#isAsking) void this.#ask(); // else as soon as the former have their answer
  }

  /** Asks no more. */
  close(): void {
    this.#settings = undefined;
    if (this.#timer !== undefined) this.#world.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #isOn({ options, sealed }: Settings): boolean {
    return options.envelopeRenewIntervalSeconds > 0 && sealed !== undefined;
  }

  async #ask(): Promise<void> {
    const settings = this.#settings;
    if (settings === undefined) return;
    this.#isAsking = true;
    try {
      // what is asked under new keys proves to the bridge that they have arrived
      if (await this.#renew(settings)) await this.#renew(settings);
      if (this.#settings === settings) this.#events.onAccepted();
    } catch (error) {
      this.#problem(problemText(error));
      const isRevoked = error instanceof AskError && error.code === "REVOKED";
      if (isRevoked && this.#settings === settings) this.#events.onRevoked();
    } finally {
      this.#isAsking = false;
    }
    this.#askLater(settings);
  }

  /** @param settings of the last question; others have waited for its answer */
  #askLater(settings: Settings): void {
    if (this.#settings === undefined || !this.#isOn(this.#settings)) return;
    const seconds = this.#settings === settings ? settings.options.envelopeRenewIntervalSeconds : 0;
    this.#timer = this.#world.clock.setTimeout(() => void this.#ask(), seconds * MS_PER_SECOND);
  }

  /** @returns whether there are other keys now, which a restart has too @throws AskError, KeyFileError; the error of `node:fs` */
  async #renew({ options, sealed }: Settings): Promise<boolean> {
    const { servers, enrollQueue, envelopeIdentityFile } = options;
    if (sealed === undefined) return false;
    const world = this.#world;
    const line = world.connectBridge(servers, enrollQueue);
    const talk = new BridgeTalk({
      queue: enrollQueue,
      host: requestHost(world.hostName),
      nowMs: () => Number(world.nowMicros() / 1000n),
      random: randomBytes,
      send: (request) => line.send(request),
    });
    try {
      // the bridge must not take keys for kept that are gone with this process
      const kept = this.#onDisk ?? sealed.identity;
      const { file } = await talk.ask("renew", kept);
      const content = file ?? Buffer.alloc(0);
      const identity = parseIdentityFile(content);
      if (identity.kind !== "worker" || identity.name !== sealed.name)
        throw new AskError("BAD_ANSWER", "the keys are those of somebody else");
      if (isSame(identity, kept)) return false;
      const isKept = envelopeIdentityFile === undefined || (await this.#write(envelopeIdentityFile, content));
      if (this.#settings?.sealed === sealed) this.#onDisk = isKept ? undefined : kept;
      if (isSame(identity, sealed.identity)) return isKept;
      sealed.useKeys(identity);
      const epochs = identity.own.map(({ epoch }) => epoch).join(", ");
      world.logger.info(
        `envelope: worker ${identity.name} has new keys from the bridge, of epochs ${epochs}`,
      );
      return isKept;
    } finally {
      await line.close();
    }
  }

  /** What cannot be written is used all the same, until the end of this process. */
  async #write(path: string, content: Buffer): Promise<boolean> {
    try {
      await this.#world.writeKeys(path, content);
      return true;
    } catch (error) {
      this.#problem(
        `new keys cannot be written, and have to be fetched again after a restart while the old ones are accepted: ${error instanceof Error ? error.message : error}`,
      );
      return false;
    }
  }
}

function isSame(one: IdentityKeys, other: IdentityKeys): boolean {
  return printIdentityFile(one).equals(printIdentityFile(other));
}

function problemText(error: unknown): string {
  if (error instanceof AskError) return `the bridge gives no keys: ${error.message} (${error.code})`;
  if (error instanceof KeyFileError) return `the bridge gives keys that cannot be read: ${error.message}`;
  return `the bridge cannot be asked for keys: ${error instanceof Error ? error.message : error}`;
}
