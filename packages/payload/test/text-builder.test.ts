import { expect, test } from "vitest";
import { TextBuilder } from "../src/text-builder.ts";
import { latin1 } from "./vectors.ts";

test("a text consists of its lines and two empty ones", () => {
  const text = new TextBuilder()
    .line("a", "1")
    .line("b", latin1("\xfc\n2"))
    .lastLine("output", latin1("x"))
    .finish();
  expect(text.toString("latin1")).toBe("a=1\nb=\xfc\\n2\noutput=x\n\n\n");
});

test("lines without value are omitted, only the last may be empty", () => {
  const empty = latin1("");
  const nul = latin1("\0");
  const text = new TextBuilder()
    .line("a", undefined)
    .line("b", empty)
    .line("c", nul)
    .lastLine("output", empty);
  expect(text.finish().toString("latin1")).toBe("output=\n\n\n");
});

test("long values between short ones", () => {
  const long = "x".repeat(600);
  const text = new TextBuilder()
    .line("a", latin1("1"))
    .line("b", latin1(`${long}\n\xfc`))
    .line("c", latin1(long))
    .lastLine("output", latin1("o"));
  expect(text.finish(1).toString("latin1")).toBe(`a=1\nb=${long}\\n\xfc\nc=${long}\noutput=o\n\n`);
});
