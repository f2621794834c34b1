import { expect, test } from "vitest";
import { clientIdOf } from "../src/worker/client-id.ts";

test.each([
  ["web1", "web1@mod_gearman_worker/0.1.0"],
  ["two words\tor\nlines", "two_words_or_lines@mod_gearman_worker/0.1.0"],
  ["", "@mod_gearman_worker/0.1.0"],
  ["h\xf6st", "h\xf6st@mod_gearman_worker/0.1.0"],
])("%j has the id %s", (who, id) => {
  expect(clientIdOf(Buffer.from(who, "latin1"), "mod_gearman_worker/0.1.0").toString("latin1")).toBe(id);
});

test("a long name is cut, so that the program stays", () => {
  const id = clientIdOf(Buffer.from("n".repeat(200)), "mod_gearman_worker/0.1.0");
  expect(id).toHaveLength(127);
  expect(id.toString()).toMatch(/^n+@mod_gearman_worker\/0\.1\.0$/);
});

test("the given bytes stay as they are", () => {
  const who = Buffer.from("a b");
  clientIdOf(who, "x/1");
  expect(who.toString()).toBe("a b");
});
