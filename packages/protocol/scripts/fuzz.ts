/** Feeds the decoders with damaged captures and noise: `node --conditions=source packages/protocol/scripts/fuzz.ts`. */
import { isDeepStrictEqual } from "node:util";
import {
  AdminReplyDecoder,
  decodePacket,
  encodePacket,
  type Frame,
  FrameDecoder,
  isTextLine,
  MixedDecoder,
  ProtocolError,
  packetName,
  parsePriorityStatusLine,
  parseStatusLine,
  parseVersionLine,
  parseWorkerLine,
  splitCommand,
} from "../src/index.ts";
import { loadVectors, packetRows } from "../test/vectors.ts";
import { type Chance, chunksOf, fuzz, isInside, must, mutate, only, type Target } from "./fuzz-loop.ts";

const MAX_BODY = 4096;
const MAX_LINE = 256;
const packets = packetRows.map(({ hex }) => Buffer.from(hex, "hex"));
const answers = loadVectors<{ cases: { answer: string }[] }>("gearman-admin").cases.map(({ answer }) =>
  Buffer.from(answer ?? "", "latin1"),
);

const stream = (chance: Chance): Buffer => {
  const parts = Array.from({ length: chance.below(5) }, () =>
    chance.below(4) === 0 ? chance.pick(answers) : chance.pick(packets),
  );
  return mutate(Buffer.concat(parts), chance);
};

interface Pushes<T> {
  push(chunk: Buffer): T[];
}

/** What comes out must not depend on the cuts; only what stands in the chunk of the error may be missing. */
function sameWhateverTheCuts<T>(make: () => Pushes<T>, input: Buffer, chance: Chance): T[] {
  const whole = only(ProtocolError, () => make().push(input));
  const decoder = make();
  const cut: T[] = [];
  const finished = only(ProtocolError, () => {
    for (const chunk of chunksOf(input, chance)) cut.push(...decoder.push(Buffer.from(chunk)));
    return true;
  });
  must((whole === undefined) === (finished === undefined), "refused or not, by the cuts");
  if (whole !== undefined) must(isDeepStrictEqual(cut, whole), "other messages with other cuts");
  return whole ?? [];
}

function checkFrame(frame: Frame): void {
  const packet = only(ProtocolError, () => decodePacket(frame));
  if (packet === undefined) return;
  must(packetName(frame.type) === packet.name, "another name");
  for (const value of Object.values(packet)) {
    if (Buffer.isBuffer(value)) must(isInside(value, frame.body), "an argument outside the body");
  }
  if (packet.name === "WORK_FAIL" && packet.handle.at(-1) === 0) return; // decoding cuts one NUL each time
  const again = only(ProtocolError, () => encodePacket(frame.magic, packet));
  if (again === undefined) return; // more arguments than encoding allows
  const [second] = new FrameDecoder(2 * MAX_BODY).push(again);
  must(
    second !== undefined && isDeepStrictEqual(decodePacket(second), packet),
    "encoding changes the packet",
  );
}

const targets: Target[] = [
  {
    name: "FrameDecoder and decodePacket",
    make: stream,
    check: (input, chance) => {
      for (const frame of sameWhateverTheCuts(() => new FrameDecoder(MAX_BODY), input, chance))
        checkFrame(frame);
    },
  },
  {
    name: "MixedDecoder",
    make: stream,
    check: (input, chance) => {
      const make = () => new MixedDecoder(MAX_BODY, MAX_LINE);
      for (const message of sameWhateverTheCuts(make, input, chance)) {
        const part = isTextLine(message) ? message.line : message.body;
        must(isInside(part, input), "a message outside the input");
        if (!isTextLine(message)) checkFrame(message);
      }
    },
  },
  {
    name: "AdminReplyDecoder",
    make: (chance) => mutate(Buffer.concat([chance.pick(answers), chance.pick(answers)]), chance),
    check: (input, chance) => {
      const kinds = [chance.pick(["table", "line"] as const), chance.pick(["table", "line"] as const)];
      sameWhateverTheCuts(() => new AdminReplyDecoder(kinds, 1024), input, chance);
    },
  },
  {
    name: "admin lines",
    make: (chance) => mutate(chance.pick(answers), chance),
    check: (input) => {
      const worker = parseWorkerLine(input);
      const parts = [
        parseStatusLine(input)?.queue,
        parsePriorityStatusLine(input)?.queue,
        parseVersionLine(input),
        worker?.ip,
        worker?.id,
        ...(worker?.functions ?? []),
        ...splitCommand(input),
      ];
      for (const part of parts)
        if (part !== undefined) must(isInside(part, input), "a part outside the line");
    },
  },
];

fuzz(targets);
