import { expect, test } from "vitest";
import { layoutOf } from "../src/packet-layout.ts";
import { packetRows } from "./vectors.ts";

test.for(packetRows)("$name has the captured arguments in wire order", ({ type, arguments: captured }) => {
  expect(layoutOf(type)?.arguments).toEqual(Object.keys(captured));
});

test.for([
  ["SUBMIT_JOB_BG", 18, true],
  ["WORK_COMPLETE", 13, true],
  ["JOB_ASSIGN_ALL", 40, true],
  ["CAN_DO", 1, false],
  ["WORK_STATUS", 12, false],
  ["NOOP", 6, false],
] as const)("%s: the last argument is opaque data or not", ([, type, opaque]) => {
  expect(layoutOf(type)?.opaque).toBe(opaque);
});

test.for([0, 5, 43])("type %d has no arguments", (type) => expect(layoutOf(type)).toBeUndefined());
