import {
  agreementKey,
  type EnrolAnswer,
  type EnrolRequest,
  type EnvelopeKey,
  EnvelopeOpener,
  EnvelopeSealer,
  enrolRefusalText,
  envelopeKey,
  type IdentityKeys,
  identityId,
  MAX_ANSWER_BYTES,
  parseEnrolAnswer,
  printEnrolRequest,
  readHeader,
  requestId,
  type Ticket,
} from "@mod-gearman/crypto";
import { AskError } from "./ask-error.ts";

export interface BridgeTalkOptions {
  /** That the bridge takes requests from. */
  readonly queue: Buffer;
  /** Name of this machine, see `requestHost`. */
  readonly host: string;
  /** Time of day, milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Bytes that are fit for keys. */
  readonly random: (bytes: number) => Buffer;
  /** Puts a request into the queue. @returns the answer @throws AskError */
  readonly send: (request: Buffer) => Promise<Buffer>;
}

interface Ends {
  readonly ask: EnvelopeKey;
  /** Those that an answer may be sealed under; the first one only, if it is to be believed that all is well. */
  readonly answers: readonly [EnvelopeKey, ...EnvelopeKey[]];
}

/** Asks the bridge for keys. Source: envelope-v2.md 12. */
export class BridgeTalk {
  readonly #options: BridgeTalkOptions;
  readonly #sealer: EnvelopeSealer;

  constructor(options: BridgeTalkOptions) {
    this.#options = options;
    this.#sealer = new EnvelopeSealer({ bootId: options.random(16), nowMs: options.nowMs });
  }

  /** Keys for a ticket. @throws AskError */
  redeem({ secret, bridgeKey }: Pick<Ticket, "secret" | "bridgeKey">): Promise<EnrolAnswer> {
    const machine = agreementKey(this.#options.random(32));
    const agreed = machine.answerSecret(secret, bridgeKey);
    if (agreed === undefined) throw new AskError("BAD_ANSWER", "the ticket has no usable key of the bridge");
    const key = (direction: "enrol-request" | "enrol-answer", of: Buffer) =>
      envelopeKey({ direction, epoch: 0, secret: of });
    const ends: Ends = {
      ask: key("enrol-request", secret),
      answers: [key("enrol-answer", agreed), key("enrol-answer", secret)],
    };
    return this.#ask({ kind: "redeem", publicKey: machine.publicKey }, ends, { isRepeated: true });
  }

  /** What an identity may ask for. @throws AskError */
  ask(
    kind: "renew" | "test" | "tested",
    { name, own }: Pick<IdentityKeys, "name" | "own">,
  ): Promise<EnrolAnswer> {
    const [newest] = own;
    if (newest === undefined) throw new RangeError("an identity without key");
    const id = identityId(Buffer.from(name, "latin1"));
    return this.#ask(
      { kind },
      {
        ask: envelopeKey({ direction: "enrol-request", id, ...newest }),
        answers: [envelopeKey({ direction: "enrol-answer", id, ...newest })],
      },
    );
  }

  /** @param isRepeated once, if the connection was lost: the bridge may have taken it, and answers the same request again */
  async #ask(
    request: Omit<EnrolRequest, "host">,
    { ask, answers }: Ends,
    { isRepeated = false } = {},
  ): Promise<EnrolAnswer> {
    const { queue, host } = this.#options;
    const message = this.#sealer.seal(ask, queue, printEnrolRequest({ ...request, host }));
    const header = readHeader(message);
    if (header === undefined) throw new RangeError("a request without header");
    const { send } = this.#options;
    const data = await send(message).catch((error: unknown) => {
      if (isRepeated && error instanceof AskError && error.code === "NO_SERVER") return send(message);
      throw error;
    });
    const opened = this.#open(data, answers);
    if (opened === undefined || opened.answer.request !== requestId(header))
      throw new AskError("BAD_ANSWER", "the answer does not come from the bridge");
    const { answer, key } = opened;
    if (answer.status !== "OK") throw new AskError(answer.status, enrolRefusalText(answer.status));
    if (key !== answers[0]) throw new AskError("BAD_ANSWER", "the answer is sealed under another key");
    return answer;
  }

  #open(
    data: Buffer,
    answers: readonly EnvelopeKey[],
  ): { answer: EnrolAnswer; key: EnvelopeKey } | undefined {
    const opener = new EnvelopeOpener({
      direction: "enrol-answer",
      keys: {
        find: ({ keyId, epoch }) =>
          answers.find((key) => key.epoch === epoch && key.id.equals(keyId)) ?? "UNKNOWN_KEY",
      },
      maxTextBytes: MAX_ANSWER_BYTES,
    });
    const opened = opener.open(data, this.#options.queue);
    if ("refused" in opened) return undefined;
    const answer = parseEnrolAnswer(opened.text);
    return answer && { answer, key: opened.key };
  }
}
