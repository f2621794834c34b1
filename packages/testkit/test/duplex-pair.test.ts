import { once } from "node:events";
import type { Duplex } from "node:stream";
import { expect, test } from "vitest";
import { duplexPair } from "../src/duplex-pair.ts";

/** Everything `stream` delivers until it ends, and how it ended. */
async function readAll(stream: Duplex): Promise<{ text: string; error?: unknown }> {
  let text = "";
  stream.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
  });
  const error = await new Promise((resolve) => stream.once("end", resolve).once("error", resolve));
  return error === undefined ? { text } : { text, error };
}

test("bytes arrive in order in both directions, then the end", async () => {
  const [left, right] = duplexPair();
  left.write("a");
  left.end("b");
  right.write("c");
  expect(await readAll(right)).toEqual({ text: "ab" });
  expect(await readAll(left)).toEqual({ text: "c" }); // not half open: the end of one is the end of both
});

test("a written buffer may be reused once it was delivered", async () => {
  const [left, right] = duplexPair();
  const bytes = Buffer.from("one");
  left.write(bytes);
  const [chunk] = (await once(right, "data")) as [Buffer];
  bytes.fill(0);
  expect(chunk.toString()).toBe("one");
});

test("a slow reader applies back-pressure to the writer", async () => {
  const [left, right] = duplexPair();
  const big = Buffer.alloc(4 * 1024 * 1024, "x");
  let written = false;
  left.write(big.subarray(0, 1), () => {});
  left.write(big, () => {});
  left.write("last", () => {
    written = true;
  });
  expect(left.writableNeedDrain).toBe(true);
  right.resume();
  await once(left, "drain");
  expect(written).toBe(true);
});

test("destroy of one end ends the other; with an error it is a reset", async () => {
  const [left, right] = duplexPair();
  left.destroy();
  expect(await readAll(right)).toEqual({ text: "" });
  const [near, far] = duplexPair();
  near.on("error", () => {});
  near.destroy(new Error("crash"));
  expect((await readAll(far)).error).toMatchObject({ code: "ECONNRESET" });
});

test("writing to a destroyed end fails with EPIPE", async () => {
  const [left, right] = duplexPair();
  right.destroy();
  left.write("x");
  const [error] = await once(left, "error");
  expect(error).toMatchObject({ code: "EPIPE" });
});
