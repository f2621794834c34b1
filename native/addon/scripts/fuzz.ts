/** The decoder of version 2 of the envelope with the cipher of the addon: `node --conditions=source native/addon/scripts/fuzz.ts --seconds 60`. */
import { cipherTargets } from "../../../packages/crypto/test/v2/envelope-targets.ts";
import { fuzz } from "../../../packages/protocol/scripts/fuzz-loop.ts";
import { loadMessageCipher } from "../src/index.ts";

const makeCipher = loadMessageCipher();
if (makeCipher === undefined) throw new Error("the addon has no cipher here");
fuzz(cipherTargets("addon", makeCipher));
