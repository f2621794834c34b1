import { expect, test } from "vitest";
import { decodeEntities } from "../src/entities.ts";

test.for([
  ["plain text", "plain text"],
  ["&gt;&lt;&amp;&quot;&apos;", `><&"'`],
  ["&#039;q&#039; p&#124;d", "'q' p|d"],
  ["&amp;lt; &amp;amp;", "&lt; &amp;"],
  ["&amp;#039;", "&#039;"],
  ["a&#10;b", "a\nb"],
  ["&#228;&#9731;&#128512;", "ä☃😀"],
  ["&#0; &#55296; &#1114112; &#99999999;", "&#0; &#55296; &#1114112; &#99999999;"],
  ["& && &gt &;  &nbsp; &#x41; &#;", "& && &gt &;  &nbsp; &#x41; &#;"],
  ["Grüße &amp; ☃", "Grüße & ☃"],
] as [string, string][])("%j is %j", ([text, decoded]) => {
  expect(decodeEntities(Buffer.from(text)).toString()).toBe(decoded);
});

test("bytes that are not UTF-8 stay unchanged", () => {
  const text = Buffer.from("ff2667743bfe", "hex"); // FF & g t ; FE
  expect(decodeEntities(text).toString("hex")).toBe("ff3efe");
});
