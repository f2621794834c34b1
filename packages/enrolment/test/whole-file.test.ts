import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { makeWhole, replaceAlike, replaceWhole } from "../src/index.ts";

test("a file is made once, and replaced as a whole", async (context) => {
  const folder = tmpFolder(context);
  const path = join(folder, "file");
  expect(await makeWhole(path, "one")).toBe(true);
  expect(await makeWhole(path, "two")).toBe(false);
  expect(readFileSync(path, "utf8")).toBe("one");
  await replaceWhole(path, "three", { mode: 0o640 });
  expect(readFileSync(path, "utf8")).toBe("three");
  expect(statSync(path).mode & 0o777).toBe(0o640);
  expect(readdirSync(folder)).toEqual(["file"]);
});

test("permissions of a file that is replaced stay", async (context) => {
  const path = join(tmpFolder(context), "list");
  writeFileSync(path, "one");
  chmodSync(path, 0o644);
  await replaceAlike(path, "two");
  expect([readFileSync(path, "utf8"), statSync(path).mode & 0o777]).toEqual(["two", 0o644]);
  await replaceAlike(`${path}.new`, "");
  expect(statSync(`${path}.new`).mode & 0o777).toBe(0o600);
});

test("nothing is left where the name cannot be taken", async (context) => {
  const folder = tmpFolder(context);
  await expect(replaceWhole(folder, "")).rejects.toThrow();
  await expect(makeWhole(join(folder, "none", "file"), "")).rejects.toMatchObject({ code: "ENOENT" });
  const taken = join(folder, "taken");
  writeFileSync(join(folder, "a"), "");
  await replaceWhole(taken, "");
  expect(readdirSync(folder)).toEqual(["a", "taken"]);
});
