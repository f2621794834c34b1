import { expect, test } from "vitest";
import { PacketType, packetName } from "../src/index.ts";
import { packetRows } from "./vectors.ts";

test("names and numbers match the captured packets, and every type was captured", () => {
  for (const row of packetRows) expect(packetName(row.type)).toBe(row.name);
  expect(new Set(packetRows.map((row) => row.name))).toEqual(new Set(Object.keys(PacketType)));
});

test.for([0, 5, 43, 255, 0x80000000, 0xffffffff, -1, 1.5, Number.NaN])("%d has no name", (type) => {
  expect(packetName(type)).toBeUndefined();
});
