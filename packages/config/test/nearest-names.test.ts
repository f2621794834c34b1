import { expect, test } from "vitest";
import { nearestNames } from "../src/nearest-names.ts";

const NAMES = ["SERVER", "SERVICES", "SERVICEGROUPS", "KEY", "KEYFILE", "DEBUG"];

test.for([
  ["SERVRE", ["SERVER"]],
  ["SERVICE", ["SERVICES"]],
  ["KEYFILES", ["KEYFILE"]],
  ["KEI", ["KEY"]],
  ["XYZZY", []],
  ["", []],
] as const)("%s is like %j", ([wanted, expected]) => expect(nearestNames(wanted, NAMES)).toEqual(expected));
test("at most three", () => expect(nearestNames("AAAA", ["AAAB", "AAAC", "AAAD", "AAAE"])).toHaveLength(3));
