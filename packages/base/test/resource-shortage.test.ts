import { expect, test } from "vitest";
import { isResourceShortage } from "../src/index.ts";

test.for<[string | undefined, boolean]>([
  ["EMFILE", true],
  ["ENFILE", true],
  ["ENOMEM", true],
  ["EAGAIN", true],
  ["ENOENT", false],
  ["", false],
  [undefined, false],
])("%s", ([code, expected]) => expect(isResourceShortage(code)).toBe(expected));
