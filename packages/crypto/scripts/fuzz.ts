/** Feeds envelopes, and what reads tickets, requests for keys and key files, with damaged captures and noise: `node --conditions=source packages/crypto/scripts/fuzz.ts`. */
import { type Chance, fuzz, must, mutate, only, type Target } from "../../protocol/scripts/fuzz-loop.ts";
import { CryptoError, createEnvelope, keyFromFile } from "../src/index.ts";
import { enrolmentTargets } from "../test/v2/enrolment-targets.ts";
import { envelopeTargets } from "../test/v2/envelope-targets.ts";
import { base64, loadVectors } from "../test/vectors.ts";

const password = Buffer.from("should_be_changed");
const envelopes = (["off", "on", "accept-clear"] as const).map((mode) => createEnvelope({ mode, password }));
const captured = [
  ...loadVectors<{ cases: { input: string }[] }>("crypt-decrypt").cases.map(({ input }) => base64(input)),
  ...loadVectors<{ cases: { payload: string }[] }>("neb-jobs").cases.map(({ payload }) =>
    Buffer.from(payload, "latin1"),
  ),
];
const keyFiles = loadVectors<{ cases: { file: string }[] }>("keyfile").cases.map(({ file }) => base64(file));

const targets: Target[] = [
  {
    name: "open",
    make: (chance: Chance) => mutate(chance.pick(captured), chance),
    check: (input, chance) => {
      const envelope = chance.pick(envelopes);
      const text = only(CryptoError, () => envelope.open(input));
      const alone = only(CryptoError, () => envelope.open(Buffer.from(new Uint8Array(input))));
      must((text === undefined) === (alone === undefined), "refused or not, by what lies around the payload");
      if (text === undefined || alone === undefined) return;
      must(text.equals(alone), "what lies around the payload is in the text");
      must(!text.includes(0) && text.length <= (input.length / 4) * 3, "more text than was in the payload");
    },
  },
  {
    name: "seal, then open",
    make: (chance) => Buffer.from(chance.bytes(300).filter((byte) => byte !== 0)),
    check: (input, chance) => {
      const envelope = chance.pick(envelopes);
      const payload = envelope.seal(input);
      must(/^[A-Za-z0-9+/]*={0,2}$/.test(payload.toString("latin1")), "no base64 in one line");
      must(envelope.open(payload).equals(input), "another text");
    },
  },
  {
    name: "keyFromFile",
    make: (chance) => mutate(chance.pick(keyFiles), chance),
    check: (input) => {
      const key = only(CryptoError, () => keyFromFile(input));
      must(
        key === undefined || (key.length > 0 && key.length <= 32 && input.includes(key)),
        "no part of the file",
      );
    },
  },
];

fuzz([...targets, ...envelopeTargets, ...enrolmentTargets]);
