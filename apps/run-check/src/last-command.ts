import { printable } from "@mod-gearman/base";
import type { RunOptions } from "@mod-gearman/config";
import {
  type BridgeAnswer,
  EnvelopeOpener,
  EnvelopeSealer,
  OVERHEAD_BYTES,
  parseBridgeAnswer,
  parseMasterFile,
  printBridgeQuestion,
  QUESTION_QUEUE,
  type QuestionKeys,
  questionKeys,
  readHeader,
  requestId,
} from "@mod-gearman/crypto";
import { bridgePages, NoBridgePages, SitePlaces } from "@mod-gearman/program";
import type { World } from "./world.ts";

const REQUEST_MS = 5000;
const ASK_AGAIN_MS = 1000;
/** As the core's link takes a command. */
const MAX_ANSWER_BYTES = 1024 * 1024;
const BOOT_ID_BYTES = 16;

/** The bridge gave no answer that helps; the reason is for the user. */
class NoCommand extends Error {
  override readonly name: string = "NoCommand";
}

type Environment = Pick<
  World,
  "ask" | "clock" | "nowMicros" | "randomBytes" | "files" | "isFile" | "siteFolder"
>;
type AskedOptions = Pick<RunOptions, "bridge" | "moduleConfig" | "masterFile" | "key"> &
  Pick<RunOptions, "hostName" | "serviceDescription">;

const UNKNOWN = 3;
const WAITS = "the bridge has no command of this check yet: waiting for its next job";

/** As {@link lastCommand}; complains of what is in the way. @returns exit code without a command */
export async function findCommand(
  options: AskedOptions,
  timeoutMs: number,
  complain: (text: string) => void,
  world: Environment,
): Promise<NonNullable<BridgeAnswer["job"]> | number> {
  try {
    return await lastCommand(options, timeoutMs, () => complain(WAITS), world);
  } catch (error) {
    if (!(error instanceof NoCommand || error instanceof NoBridgePages)) throw error;
    complain(printable(error.message));
    return UNKNOWN;
  }
}

/**
 * Asks the bridge for the last job of an object. Where it has none, it keeps the next one, which is waited for. Source: envelope-v2.md 15.
 *
 * @param onWait it has to be waited for
 * @throws NoCommand, NoBridgePages
 */
async function lastCommand(
  options: AskedOptions,
  timeoutMs: number,
  onWait: () => void,
  world: Environment,
): Promise<NonNullable<BridgeAnswer["job"]>> {
  const { clock } = world;
  const endMs = clock.monotonicMs() + timeoutMs;
  const question = new Question(options, world);
  for (let times = 0; ; times++) {
    const { job } = await question.ask(
      Math.max(1, Math.min(REQUEST_MS, Math.ceil(endMs - clock.monotonicMs()))),
    );
    if (job !== undefined) return job;
    if (times === 0) onWait();
    if (clock.monotonicMs() + ASK_AGAIN_MS >= endMs)
      throw new NoCommand(
        "the bridge has had no job of this check in that time: is its name right, is it active, does the module take it?",
      );
    await new Promise<void>((resolve) => clock.setTimeout(resolve, ASK_AGAIN_MS));
  }
}

class Question {
  readonly #url: string;
  readonly #keys: QuestionKeys;
  readonly #text: Buffer;
  readonly #sealer: EnvelopeSealer;
  readonly #opener: EnvelopeOpener;
  readonly #world: Environment;

  constructor(options: AskedOptions, world: Environment) {
    const { hostName = Buffer.alloc(0), serviceDescription, masterFile, key = Buffer.alloc(0) } = options;
    const places = new SitePlaces(world.isFile, world.siteFolder);
    this.#world = world;
    this.#url = `${bridgePages(options, places, world.files)}api/question?form`;
    this.#keys = questionKeys(
      masterFile === undefined ? { password: key } : { master: parseMasterFile(masterFile).secret },
    );
    this.#text = printBridgeQuestion(
      serviceDescription === undefined ? { hostName } : { hostName, serviceDescription },
    );
    const nowMs = (): number => Number(world.nowMicros() / 1000n);
    this.#sealer = new EnvelopeSealer({ bootId: world.randomBytes(BOOT_ID_BYTES), nowMs });
    this.#opener = new EnvelopeOpener({
      direction: "answer",
      keys: { find: () => this.#keys.answer },
      maxTextBytes: MAX_ANSWER_BYTES,
    });
  }

  /** @throws NoCommand */
  async ask(timeoutMs: number): Promise<BridgeAnswer> {
    const body = this.#sealer.seal(this.#keys.question, QUESTION_QUEUE, this.#text);
    const header = readHeader(body);
    const asked = { timeoutMs, body, maxBytes: MAX_ANSWER_BYTES + OVERHEAD_BYTES };
    const { status, bytes } = await this.#world.ask(this.#url, asked).catch((error: unknown) => {
      throw new NoCommand(
        `the bridge at ${this.#url} cannot be asked: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
    if (status !== 200) throw new NoCommand(PROBLEMS[status] ?? `the bridge answers with status ${status}`);
    const opened = this.#opener.open(bytes, QUESTION_QUEUE);
    const answer = "text" in opened ? parseBridgeAnswer(opened.text) : undefined;
    if (answer === undefined || header === undefined || answer.request !== requestId(header))
      throw new NoCommand(
        "the answer of the bridge is not sealed under the key given here, or not for this question",
      );
    return answer;
  }
}

const PROBLEMS: Readonly<Record<number, string>> = {
  403: "the bridge has another key, or its site has a master secret (--envelope_master_file)",
  404: "this bridge answers no questions: its site has no key, or it is an older one",
  421: "the bridge is not served under this name: add it to admin_names, or use the address",
};
