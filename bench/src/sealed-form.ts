import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { loadMessageCipher } from "@mod-gearman/addon";
import {
  EnvelopeOpener,
  EnvelopeSealer,
  issueIdentity,
  OwnKeys,
  parseMasterFile,
  printMasterFile,
} from "@mod-gearman/crypto";

import { benchEnvelope, queues } from "./check-jobs.ts";

/** How a consumer opens jobs and seals results. */
export interface Form {
  open(job: Buffer): Buffer;
  seal(result: Buffer): Buffer;
}

const MAX_TEXT_BYTES = 1_000_000;

/** The form of the originals, encryption on. */
export const legacyForm = (): Form => benchEnvelope();

/** A worker of version 2, and what the module line needs for the same. */
export function sealedForm(folder: string): { readonly form: Form; readonly moduleArguments: string } {
  const content = printMasterFile({ secret: randomBytes(32), epochs: [1] });
  const [file, list] = [join(folder, "master"), join(folder, "identities")];
  writeFileSync(file, content, { mode: 0o600 });
  writeFileSync(list, `worker bench ${queues.checks}\n`);
  const keys = new OwnKeys(
    issueIdentity(parseMasterFile(content), { kind: "worker", name: "bench", queues: [queues.checks] }),
  );
  const makeCipher = loadMessageCipher();
  const opener = new EnvelopeOpener({ direction: "job", keys, maxTextBytes: MAX_TEXT_BYTES, makeCipher });
  const sealer = new EnvelopeSealer({ bootId: randomBytes(16), nowMs: Date.now, makeCipher });
  const form = {
    open(job: Buffer): Buffer {
      const opened = opener.open(job, queues.checks);
      if ("refused" in opened) throw new Error(opened.refused);
      return opened.text;
    },
    seal: (result: Buffer): Buffer => sealer.seal(keys.own, queues.results, result),
  };
  const moduleArguments = ` envelope=v2 envelope_master_file=${file} envelope_identities_file=${list}`;
  return { form, moduleArguments };
}
