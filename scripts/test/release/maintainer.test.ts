import { expect, test } from "vitest";
import { releaseScript } from "./release-script.ts";

const { maintainer } = await releaseScript<{ maintainer(given?: string): string }>("facts");

test("who answers for packages is what was asked for", () =>
  expect(maintainer("Jane Doe <jane@doe.example>")).toBe("Jane Doe <jane@doe.example>"));

test("it is the author of the commit otherwise", () => expect(maintainer()).toMatch(/^\S.* <\S+@\S+>$/));

test.for(["", "jane@doe.example", "Jane <jane>", "Jane <a@b> ", "J\nane <a@b>", " <a@b>"])(
  "%j is refused",
  (text) => expect(() => maintainer(text)).toThrow("has to be Name <address>"),
);
