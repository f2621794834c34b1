import { expect, test } from "vitest";
import { uniqueKey } from "../src/index.ts";
import { base64, jobRows, loadVectors, plainLines } from "./vectors.ts";

interface UniqRow {
  readonly textBase64: string;
  readonly bytes: number;
  readonly uniq: string;
}

test.for(loadVectors<{ cases: UniqRow[] }>("uniq").cases)("a text of $bytes bytes: $uniq", (row) => {
  expect(uniqueKey(base64(row.textBase64))).toBe(row.uniq);
});

test("checks of the module have the key of host, or host-service", () => {
  const rows = jobRows.filter((row) => row.uniqueKind === "md5");
  expect(rows.length).toBeGreaterThan(20);
  for (const row of rows) {
    const lines = plainLines(base64(row.plaintext));
    const names = [lines.get("host_name"), lines.get("service_description")].filter(
      (name) => name !== undefined,
    );
    expect(uniqueKey(Buffer.from(names.join("-"), "latin1"))).toBe(row.unique);
  }
});
