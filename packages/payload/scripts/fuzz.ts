/** Feeds the parsers with damaged captures and noise: `node --conditions=source packages/payload/scripts/fuzz.ts`. */
import { fuzz, isInside, must, mutate, only, type Target } from "../../protocol/scripts/fuzz-loop.ts";
import {
  escapeNewlines,
  PayloadError,
  parseCheckResult,
  parseJob,
  parseKeyValues,
  parseMicros,
  printExport,
  printMicros,
  unescapeNewlines,
} from "../src/index.ts";
import { base64, type JobRow, loadVectors, senderTexts } from "../test/vectors.ts";

const texts = [
  ...loadVectors<{ cases: JobRow[] }>("neb-jobs").cases.map(({ plaintext }) => base64(plaintext)),
  ...(["send_gearman", "send_multi", "send_gearman_perl"] as const)
    .flatMap(senderTexts)
    .map(({ text }) => text)
    .filter(({ length }) => length < 4096),
];
const NULL = Buffer.from("(null)");

const targets: Target[] = [
  {
    name: "parseJob",
    make: (chance) => mutate(chance.pick(texts), chance),
    check: (input) => {
      const job = only(PayloadError, () => parseJob(input));
      for (const value of Object.values(job ?? {})) {
        if (Buffer.isBuffer(value)) must(isInside(value, input), "a value outside the text");
      }
    },
  },
  {
    name: "parseCheckResult",
    make: (chance) => mutate(chance.pick(texts), chance),
    check: (input) => {
      const result = only(PayloadError, () => parseCheckResult(input));
      if (result === undefined) return;
      must(result.hostName.length > 0, "no host name");
      must(result.output.length <= Math.max(input.length, NULL.length), "more output than was there");
      must(
        Number.isInteger(result.returnCode) && Math.abs(result.returnCode) <= 2 ** 31,
        "no 32 bit return code",
      );
    },
  },
  {
    name: "parseKeyValues",
    make: (chance) => mutate(chance.pick(texts), chance),
    check: (input, chance) => {
      for (const value of parseKeyValues(input, chance.pick(["never", "first-empty"] as const)).values()) {
        must(isInside(value, input) || value.equals(NULL), "a value outside the text");
      }
    },
  },
  {
    name: "times",
    make: (chance) =>
      mutate(Buffer.from(chance.pick(["1795246926.964818", "-1e9", "  +.5e-3x", "9".repeat(30)])), chance),
    check: (input) => {
      const time = parseMicros(input);
      must(time < 2n ** 63n && time > -(2n ** 63n), "no 64 bit time");
      must(parseMicros(Buffer.from(printMicros(time))) === time, "another time after printing");
    },
  },
  {
    name: "escaping",
    make: (chance) => mutate(chance.pick(texts), chance),
    check: (input) => {
      const escaped = escapeNewlines(input);
      must(!escaped.includes(0x0a), "a line feed is left");
      must(!input.includes(0x5c) ? unescapeNewlines(escaped).equals(input) : true, "another text");
    },
  },
  {
    name: "printExport",
    make: (chance) => mutate(chance.pick(texts), chance),
    check: (data) => {
      const numbers = { type: 300, flags: 0, attr: 0, timestamp: 0n, entryTime: 1, dataType: 2 };
      const text = printExport({ callback: "NEBCALLBACK_LOG_DATA", ...numbers, data });
      JSON.parse(new TextDecoder("utf8", { fatal: true }).decode(text));
    },
  },
];

fuzz(targets);
