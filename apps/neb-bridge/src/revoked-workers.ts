import { randomBytes } from "node:crypto";
import {
  type BridgeKeys,
  EnvelopeOpener,
  EnvelopeSealer,
  envelopeKey,
  type IdentityList,
  identityId,
  identitySecret,
  type OpenerOptions,
  printEnrolAnswer,
  requestId,
} from "@mod-gearman/crypto";
import { type CheckResult, parseCheckResult } from "@mod-gearman/payload";
import type { Flights } from "./flights.ts";
import { objectKey } from "./object-key.ts";
import type { WorkerRun, WorkerRuns } from "./worker-runs.ts";
import { identifierOf } from "./worker-source.ts";

/** A sealed message that tells one worker that it is revoked. */
export interface RevocationNotice {
  /** Status queue of the worker. */
  readonly queue: Buffer;
  readonly data: Buffer;
}

/** What the result of a revoked worker is still good for. */
export interface RevokedResult {
  /** The job, if that is under way and waits for this result. */
  readonly job: { readonly id: string; readonly key: string } | undefined;
  /** Absent: it does not say which worker it is. */
  readonly notice: RevocationNotice | undefined;
}

export interface RevokedWorkersOptions extends Pick<OpenerOptions, "maxTextBytes" | "makeCipher"> {
  readonly keys: BridgeKeys;
  readonly resultQueue: Buffer;
  readonly flights: Pick<Flights, "isInFlight">;
  readonly runs: WorkerRuns;
  readonly nowMs: () => number;
}

const STATUS_PREFIX = "worker_";

/** Makes of revoked identities what ends their work: notices, and the checks that they have taken. Source: envelope-v2.md 14. */
export class RevokedWorkers {
  readonly #options: RevokedWorkersOptions;
  readonly #opener: EnvelopeOpener;
  readonly #sealer: EnvelopeSealer;

  constructor(options: RevokedWorkersOptions) {
    const { keys, maxTextBytes, makeCipher, nowMs } = options;
    this.#options = options;
    this.#opener = new EnvelopeOpener({
      direction: "result",
      keys: {
        find: (header, known) => keys.findRevoked(header, known),
        confirmed: (key) => keys.confirmed(key),
      },
      ...{ maxTextBytes, makeCipher },
    });
    this.#sealer = new EnvelopeSealer({ bootId: randomBytes(16), nowMs });
  }

  /**
   * Looks into a result that was refused because its sender is revoked.
   *
   * @returns undefined unless it is authentic: nothing else proves who sent it
   */
  look(message: Buffer, list: IdentityList | undefined): RevokedResult | undefined {
    const { resultQueue, flights } = this.#options;
    const opened = this.#opener.open(message, resultQueue);
    const result = "refused" in opened ? undefined : resultOf(opened.text);
    if ("refused" in opened || result === undefined) return undefined;
    const { hostName, serviceDescription, jobId, source } = result;
    const key = objectKey(hostName, serviceDescription);
    const grants = list?.find(opened.key.idText)?.grants ?? [];
    const id = jobId !== undefined && flights.isInFlight(jobId, key, grants) ? `${jobId}` : undefined;
    const identifier = identifierOf(source);
    return {
      job: id === undefined ? undefined : { id, key },
      notice: identifier === undefined ? undefined : this.#noticeOf(identifier, opened.header),
    };
  }

  /** For workers whose identities are revoked now, and were not before. */
  notices(list: IdentityList, former: IdentityList | undefined): RevocationNotice[] {
    return list
      .all()
      .filter(({ kind, isRevoked }) => kind === "worker" && isRevoked)
      .map(({ name }) => identityId(Buffer.from(name, "latin1")).toString("latin1"))
      .filter((idText) => former?.find(idText)?.isRevoked !== true)
      .flatMap((idText) => [...this.#options.runs.of(idText)])
      .map(([identifier, run]) => this.#noticeOf(identifier, run));
  }

  /** Names a message of the run that it is for, so that it is good for no other one. */
  #noticeOf(identifier: string, { keyId, epoch, bootId, counter }: WorkerRun): RevocationNotice {
    const { secret: master } = this.#options.keys.master;
    const secret = identitySecret(master, "result", keyId, epoch);
    const key = envelopeKey({ direction: "enrol-answer", epoch, id: keyId, secret });
    const queue = Buffer.from(`${STATUS_PREFIX}${identifier}`, "latin1");
    const answer = printEnrolAnswer({ request: requestId({ bootId, counter }), status: "REVOKED" });
    return { queue, data: this.#sealer.seal(key, queue, answer) };
  }
}

/** @returns undefined for a text that is no result */
function resultOf(text: Buffer): CheckResult | undefined {
  try {
    return parseCheckResult(text);
  } catch {
    return undefined;
  }
}
