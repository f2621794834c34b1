import { expect, test } from "vitest";
import { ByteCollector } from "../src/byte-collector.ts";

test("collects chunks in order and is empty after release", () => {
  const collector = new ByteCollector();
  collector.append(Buffer.from("xabcx"), 1, 4, 1000);
  collector.append(Buffer.from("def"), 0, 3, 1000);
  expect(collector.view().toString()).toBe("abcdef");
  const released = collector.release();
  expect(collector.length).toBe(0);
  collector.append(Buffer.from("new"), 0, 3, 1000);
  expect(released.toString()).toBe("abcdef");
  expect(collector.release().toString()).toBe("new");
});

test("memory grows with received bytes, not with the announced size", () => {
  const collector = new ByteCollector();
  collector.append(Buffer.alloc(1000), 0, 1000, 0xffffffff);
  expect(collector.view().buffer.byteLength).toBeLessThanOrEqual(Buffer.poolSize); // small ones share a pool
  collector.append(Buffer.alloc(500_000), 0, 500_000, 0xffffffff);
  expect(collector.view().buffer.byteLength).toBeLessThanOrEqual(2 * 501_000);
});

test("capacity never exceeds the size of the message", () => {
  const collector = new ByteCollector();
  collector.append(Buffer.alloc(600_000), 0, 600_000, 1_000_000);
  collector.append(Buffer.alloc(400_000), 0, 400_000, 1_000_000);
  expect(collector.release().buffer.byteLength).toBe(1_000_000);
});

test("a large message is collected in place, and released as an ordinary buffer", () => {
  const collector = new ByteCollector();
  const chunk = Buffer.from(Array.from({ length: 65_521 }, (_, n) => n % 251));
  const total = 40 * chunk.length;
  for (let n = 0; n < 40; n++) {
    collector.append(chunk, 0, chunk.length, total);
    expect(collector.view().buffer.byteLength).toBeLessThanOrEqual(2 * (n + 1) * chunk.length);
  }
  const released = collector.release();
  expect(released.equals(Buffer.concat(new Array<Buffer>(40).fill(chunk)))).toBe(true);
  expect([(released.buffer as ArrayBuffer).resizable, released.buffer.byteLength]).toEqual([false, total]);
  collector.append(Buffer.from("next"), 0, 4, 100);
  expect(collector.release().toString()).toBe("next");
});
