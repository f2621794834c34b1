import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { encodeFrame, FrameDecoder, MixedDecoder } from "../src/index.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** The body of a frame that arrived in two chunks, for a caller that does not retain it. */
function bodyOf(decoder: FrameDecoder | MixedDecoder): WeakRef<ArrayBufferLike> {
  const bytes = encodeFrame({ magic: "RES", type: 17, body: Buffer.alloc(100_000, "x") });
  const [frame] = [...decoder.push(bytes.subarray(0, 500)), ...decoder.push(bytes.subarray(500))];
  return new WeakRef((frame as { body: Buffer }).body.buffer);
}

test.for([FrameDecoder, MixedDecoder])("a returned frame is not retained, %s", async (Decoder) => {
  const decoder = new Decoder(1_000_000);
  const body = bodyOf(decoder);
  await new Promise((resolve) => setImmediate(resolve)); // until then a WeakRef that was dereferenced keeps it
  collectGarbage();
  expect(body.deref()).toBeUndefined();
  expect(decoder.pendingBytes).toBe(0);
});
