import { expect, test } from "vitest";
import { loadVectors } from "../src/vectors.ts";

test("loads the golden bytes of the repository", () => {
  const { cases } = loadVectors<{ cases: { name: string; ciphertext: string }[] }>("crypt-encrypt");
  expect(cases.find((row) => row.name === "key-length-01")?.ciphertext).toMatch(/^2s3b833l/);
});

test("reports the name of a missing file", () => {
  expect(() => loadVectors("no-such-file")).toThrow(expect.objectContaining({ code: "NO_VECTORS" }));
});
