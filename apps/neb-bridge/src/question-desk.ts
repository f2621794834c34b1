import { randomBytes } from "node:crypto";
import { omitUndefined } from "@mod-gearman/base";
import type { ModuleOptions } from "@mod-gearman/config";
import {
  EnvelopeOpener,
  EnvelopeSealer,
  type JobForm,
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
import { isSealedQueue } from "./sealed-queues.ts";

type KeyOptions = Pick<ModuleOptions, "masterFile" | "encryption" | "key" | "envelope" | "envelopeQueues">;

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

  /** @param wantsForm of the job, which tools of earlier versions cannot read @returns the sealed answer */
  answer(data: Buffer, wantsForm: boolean): Buffer | Unanswered {
    const { commands, counts } = this.#parts;
    const options = this.#parts.options();
    const keys = options && this.#keysOf(options);
    if (options === undefined || keys === undefined) return "no-key";
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
    const queue = bytes(found?.queue ?? "");
    const job = found && {
      ...omitUndefined({ form: wantsForm ? formOf(queue, options) : undefined }),
      queue,
      timeoutSeconds: found.timeoutSeconds,
      commandLine: bytes(found.commandLine),
    };
    const request = requestId(opened.header);
    const text = printBridgeAnswer(job === undefined ? { request } : { request, job });
    return this.#sealer.seal(keys.answer, QUESTION_QUEUE, text);
  }

  /** Undefined: the site has no key, so nothing tells who may ask. */
  #keysOf(options: KeyOptions): QuestionKeys | undefined {
    if (this.#last?.options !== options) this.#last = { options, keys: keysOf(options) };
    return this.#last.keys;
  }
}

function formOf(queue: Buffer, options: KeyOptions): JobForm {
  if (options.masterFile !== undefined && isSealedQueue(queue, options)) return "v2";
  return options.encryption ? "legacy" : "clear";
}

/** Workers of a site with a master secret may have its password: it opens nothing here then. */
function keysOf({ masterFile, encryption, key }: KeyOptions): QuestionKeys | undefined {
  if (masterFile !== undefined) return questionKeys({ master: parseMasterFile(masterFile).secret });
  return encryption && key !== undefined ? questionKeys({ password: key }) : undefined;
}
