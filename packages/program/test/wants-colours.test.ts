import { expect, test } from "vitest";
import { wantsColours } from "../src/wants-colours.ts";

test.for([
  [true, { isTTY: true }, { TERM: "xterm" }],
  [true, { isTTY: true }, { NO_COLOR: "" }],
  [false, { isTTY: true }, { NO_COLOR: "1" }],
  [false, { isTTY: true }, { TERM: "dumb" }],
  [false, { isTTY: false }, {}],
  [false, {}, { TERM: "xterm" }],
] as const)("%s: %o %o", ([expected, stream, env]) => expect(wantsColours(stream, env)).toBe(expected));
