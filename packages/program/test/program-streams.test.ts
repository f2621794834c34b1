import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { writeTolerant } from "../src/program-streams.ts";

test("an output closed by its reader does not end the program", () => {
  const stream = new PassThrough();
  writeTolerant(stream, "one");
  writeTolerant(stream, "two");
  expect(stream.read().toString()).toBe("onetwo");
  expect(stream.emit("error", new Error("EPIPE"))).toBe(true); // without a listener this would throw
  expect(stream.listenerCount("error")).toBe(1);
});
