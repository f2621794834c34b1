import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { tables } from "../scripts/tables.ts";

const folder = new URL("../src/tables/", import.meta.url);

test.for(tables())("src/tables/$name matches the schema", ({ name, text }) =>
  expect(readFileSync(new URL(name, folder), "utf8")).toBe(text),
);

test("src/tables contains no other files", () =>
  expect(readdirSync(folder).toSorted()).toEqual(
    tables()
      .map(({ name }) => name)
      .toSorted(),
  ));
