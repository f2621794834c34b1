import { randomBytes } from "node:crypto";
import {
  BridgeKeys,
  EnvelopeOpener,
  EnvelopeSealer,
  IdentityList,
  identityId,
  parseMasterFile,
  refusalText,
} from "@mod-gearman/crypto";
import { type CheckResult, type JobBinding, PayloadError, parseCheckResult } from "@mod-gearman/payload";

/** As the bridge takes it, more or less: the job prints a line. */
const MAX_TEXT_BYTES = 1024 * 1024;
const SOURCE_START = "Mod-Gearman Worker @ ";

/** Files of the module. */
export interface SealedTestFiles {
  readonly masterFile: Buffer;
  readonly identities?: Buffer | undefined;
}

/** A sealed result that was opened, or why the module would not take it. */
export type OpenedResult =
  | { readonly result: CheckResult; readonly who: string }
  | { readonly refused: string };

/** Version 2 of the envelope in a self test: job and result as the module seals and opens them. Source: envelope-v2.md. */
export class SealedTest {
  readonly binding: JobBinding;
  readonly #keys: BridgeKeys;
  readonly #identities: IdentityList | undefined;
  readonly #nowMs: () => number;

  /** @param deadlineMs of the job, milliseconds since 1970 @throws KeyFileError for files that a loader would have refused */
  constructor({ masterFile, identities }: SealedTestFiles, nowMs: () => number, deadlineMs: number) {
    this.#identities = identities === undefined ? undefined : new IdentityList(identities);
    this.#keys = new BridgeKeys(parseMasterFile(masterFile), (id) => this.#identities?.find(id));
    this.#nowMs = nowMs;
    this.binding = { deadline: BigInt(deadlineMs) * 1000n, jobId: randomBytes(24).toString("base64url") };
  }

  seal(queue: Buffer, text: Buffer): Buffer {
    const sealer = new EnvelopeSealer({ bootId: randomBytes(16), nowMs: this.#nowMs });
    return sealer.seal(this.#keys.jobKey(queue), queue, text);
  }

  /** @param queue that was tested @param resultQueue that the message came from */
  open(message: Buffer, queue: Buffer, resultQueue: Buffer): OpenedResult {
    const keys = this.#keys;
    const opener = new EnvelopeOpener({ direction: "result", keys, maxTextBytes: MAX_TEXT_BYTES });
    const opened = opener.open(message, resultQueue);
    if ("refused" in opened) return { refused: `${refusalText(opened.refused)} (${opened.refused})` };
    const result = resultOf(opened.text);
    if (result === undefined) return { refused: "it is no result (MALFORMED)" };
    const who = this.#nameOf(opened.header.keyId, result);
    const grants = this.#identities?.find(opened.header.keyId)?.grants ?? [];
    if (this.#identities !== undefined && !grants.includes(queue.toString("latin1")))
      return { refused: `the list of identities does not allow ${who} for this queue (NOT_ALLOWED)` };
    return { result, who };
  }

  /** From the list, or as the worker calls itself if that is what its key says. */
  #nameOf(keyId: Buffer, { source }: CheckResult): string {
    const said = source?.toString("latin1").replace(SOURCE_START, "") ?? "";
    const known = this.#identities?.find(keyId)?.name;
    if (known !== undefined) return known;
    return identityId(Buffer.from(said, "latin1")).equals(keyId) ? said : `identity ${keyId.toString("hex")}`;
  }
}

function resultOf(text: Buffer): CheckResult | undefined {
  try {
    return parseCheckResult(text);
  } catch (error) {
    if (error instanceof PayloadError) return undefined;
    throw error;
  }
}
