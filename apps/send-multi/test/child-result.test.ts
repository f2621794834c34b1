import { describe, expect, test } from "vitest";
import { readChild } from "../src/child-result.ts";

const elements = {
  no: "1",
  name: "svc",
  rc: "2",
  runtime: "0.25",
  output: "OK",
  error: "",
} as const;

/** A block with some elements changed, or omitted if undefined. */
function block(changed: Record<string, string | undefined> = {}): Buffer {
  const all = Object.entries({ ...elements, ...changed }).filter(([, text]) => text !== undefined);
  return Buffer.from(all.map(([name, text]) => `<${name}>${text}</${name}>`).join("\n"));
}

test("a block with all elements", () => {
  expect(readChild(block())).toEqual({
    service: Buffer.from("svc"),
    returnCode: 2,
    runtime: 250_000n,
    output: Buffer.from("OK"),
  });
});

test.for([
  [{ output: "a &lt;b&gt;" }, "a <b>"],
  [{ error: "on stderr" }, "OK [on stderr]"],
  [{ performance: "a=1;2;3", pplugin: "check_x" }, "OK|svc::check_x::a=1;2;3"],
  [{ performance: "  a=1\n", pplugin: "p" }, "OK|svc::p::a=1"],
  [{ performance: "", pplugin: "check_x" }, "OK|svc::check_x::"],
  [{ performance: "'a b'=1", pplugin: "check_x" }, "OK|'svc::check_x::a b'=1"],
  [{ performance: "&#039;a b&#039;=1", pplugin: "check_x" }, "OK|'svc::check_x::a b'=1"],
  [{ performance: "a=1", pplugin: "p", error: "e" }, "OK [e]|svc::p::a=1"],
  [{ pplugin: "check_x" }, "OK"],
  [{ error: "a &lt;b&gt; &amp;amp; &#124;" }, "OK [a <b> &amp; |]"],
  [{ performance: "a=1", pplugin: "p&lt;l", name: "a&amp;b" }, "OK|a&amp;b::p<l::a=1"],
] as [Record<string, string>, string][])("%j gives the output %j", ([changed, output]) => {
  expect(readChild(block(changed))).toMatchObject({ output: Buffer.from(output) });
});

test.for([
  ["0", 0],
  [" 3x", 3],
  ["-1", -1],
  ["7", 7],
  ["abc", 0],
  ["", 0],
  ["99999999999", 2 ** 31 - 1],
  ["-99999999999", -(2 ** 31)],
] as [string, number][])("<rc>%s</rc> is %i", ([rc, returnCode]) => {
  expect(readChild(block({ rc }))).toMatchObject({ returnCode });
});

test.for([
  ["xyz", 0n],
  ["5.28176784515381", 5_281_767n],
  ["1e-2s", 10_000n],
] as [string, bigint][])("<runtime>%s</runtime> is %i µs", ([runtime, micros]) => {
  expect(readChild(block({ runtime }))).toMatchObject({ runtime: micros });
});

describe("blocks that are not results", () => {
  test("the parent, whichever elements are missing", () => {
    expect(readChild(Buffer.from("<no>0</no>"))).toEqual({ skip: "parent" });
    expect(readChild(block({ no: "00" }))).not.toHaveProperty("skip");
  });

  test.for(Object.keys(elements))("without <%s>", (name) => {
    expect(readChild(block({ [name]: undefined }))).toEqual({ skip: "unusable", why: `no <${name}>` });
  });

  test.for([
    [{ performance: "a=1" }, "no <pplugin> beside <performance>"],
    [{ name: "" }, "the name is empty"],
    [{ name: "a\nb" }, "line feed in the name"],
  ] as [Record<string, string>, string][])("%j: %s", ([changed, why]) => {
    expect(readChild(block(changed))).toEqual({ skip: "unusable", why });
  });

  test("an element that is not closed", () => {
    expect(readChild(Buffer.from("<no>1</no><name>x"))).toEqual({ skip: "unusable", why: "no <name>" });
  });
});
