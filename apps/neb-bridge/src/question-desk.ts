import { randomBytes } from "node:crypto";
import type { ModuleOptions } from "@mod-gearman/config";
import {
  EnvelopeOpener,
  EnvelopeSealer,
  MAX_QUESTION_BYTES,
  parseBridgeQuestion,
  parseMasterFile,
  printBridgeAnswer,
  QUESTION_QUEUE,
  type QuestionKeys,
  questionKeys,
  requestId,
} from "@mod-gearman/crypto";
import type { CommandCounts, CommandMemory } from "./command-memory.ts";
import { objectKey } from "./object-key.ts";

type KeyOptions = Pick<ModuleOptions, "masterFile" | "encryption" | "key">;

export interface DeskParts {
  readonly commands: Pick<CommandMemory, "find">;
  readonly counts: Pick<CommandCounts, "refused">;
  /** Undefined before the first core. */
  options(): KeyOptions | undefined;
  /** Time of day. */
  nowMs(): number;
}

/** What a question that is not answered gets. */
export type Unanswered = "no-key" | "refused";

/** Answers questions of holders of the key. Source: envelope-v2.md 15. */
export class QuestionDesk {
  readonly #parts: DeskParts;
  readonly #sealer: EnvelopeSealer;
  #last: { readonly options: KeyOptions; readonly keys: QuestionKeys | undefined } | undefined;

  constructor(parts: DeskParts) {
    this.#parts = parts;
    this.#sealer = new EnvelopeSealer({ bootId: randomBytes(16), nowMs: () => parts.nowMs() });
  }

  /** @returns the sealed answer */
  answer(data: Buffer): Buffer | Unanswered {
    const { commands, counts } = this.#parts;
    const keys = this.#keys();
    if (keys === undefined) return "no-key";
    const opener = new EnvelopeOpener({
      direction: "question",
      keys: { find: () => keys.question },
      maxTextBytes: MAX_QUESTION_BYTES,
    });
    const opened = opener.open(data, QUESTION_QUEUE);
    const question = "text" in opened ? parseBridgeQuestion(opened.text) : undefined;
    if (question === undefined || "refused" in opened) {
      counts.refused += 1;
      return "refused";
    }
    const found = commands.find(objectKey(question.hostName, question.serviceDescription));
    const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
    const job = found && {
      queue: bytes(found.queue),
      timeoutSeconds: found.timeoutSeconds,
      commandLine: bytes(found.commandLine),
    };
    const request = requestId(opened.header);
    const text = printBridgeAnswer(job === undefined ? { request } : { request, job });
    return this.#sealer.seal(keys.answer, QUESTION_QUEUE, text);
  }

  /** Undefined: the site has no key, so nothing tells who may ask. */
  #keys(): QuestionKeys | undefined {
    const options = this.#parts.options();
    if (options === undefined) return undefined;
    if (this.#last?.options !== options) this.#last = { options, keys: keysOf(options) };
    return this.#last.keys;
  }
}

/** Workers of a site with a master secret may have its password: it opens nothing here then. */
function keysOf({ masterFile, encryption, key }: KeyOptions): QuestionKeys | undefined {
  if (masterFile !== undefined) return questionKeys({ master: parseMasterFile(masterFile).secret });
  return encryption && key !== undefined ? questionKeys({ password: key }) : undefined;
}
