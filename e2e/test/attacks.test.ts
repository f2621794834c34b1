import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadVectors } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { resultAttacks } from "../src/attack-corpus.ts";
import { attack, type Form } from "../src/attacked-site.ts";
import { open, type SealingKey, seal } from "../src/attacker-envelope.ts";
import { jobAttacks, tableRows } from "../src/job-attacks.ts";
import type { JobServerKind } from "../src/job-servers.ts";
import { needs } from "../src/needs.ts";
import { root } from "../src/paths.ts";

const runs: readonly { form: Form; jobServer: JobServerKind }[] = [
  { form: "legacy", jobServer: "the real gearmand" },
  { form: "v2", jobServer: "the real gearmand" },
  { form: "v2", jobServer: "our job server" },
];

/** Each attack that is taken waits for the next check of its object. */
const LIMIT_MS = 300_000;

describe.for(runs)("attacks in the form $form, $jobServer", ({ form, jobServer }) => {
  test(
    "each is taken or refused as docs/security.md says, and counted under its reason",
    async (context) => {
      needs(context, { jobServer });
      const expected = [...resultAttacks, ...jobAttacks].map(({ name, reason, legacyFate }) =>
        form === "v2" ? { name, fate: "refused", reason } : { name, fate: legacyFate, reason: undefined },
      );
      expect(await attack(form, jobServer)).toEqual(expected);
    },
    LIMIT_MS,
  );
});

test("the table of docs/security.md is that of the attacks", () => {
  const page = readFileSync(join(root, "docs/security.md"), "utf8");
  const [, table = ""] = page.split("| attack | legacy | v2 |\n|---|---|---|\n");
  expect(table.slice(0, table.indexOf("\n\n")).split("\n")).toEqual(tableRows());
});

test("the attacker seals and opens as the vectors do", () => {
  interface Row {
    readonly direction: string;
    readonly queue: string;
    readonly epoch: number;
    readonly keyId: string;
    readonly secret: string;
    readonly bootId: string;
    readonly counter: number;
    readonly timeMs: number;
    readonly plaintext: string;
    readonly ciphertext: string;
  }
  const rows = loadVectors<{ messages: Row[] }>("envelope-v2").messages.filter(({ direction }) =>
    ["job", "result", "passive"].includes(direction),
  );
  expect(rows.length).toBeGreaterThan(10);
  for (const row of rows) {
    const direction = row.direction as SealingKey["direction"];
    const key = {
      direction,
      epoch: row.epoch,
      id: Buffer.from(row.keyId, "hex"),
      secret: Buffer.from(row.secret, "hex"),
    };
    const text = Buffer.from(row.plaintext, "base64").toString("latin1");
    const queue = Buffer.from(row.queue, "base64").toString("latin1");
    const { counter, timeMs } = row;
    const message = seal(key, text, { queue, boot: Buffer.from(row.bootId, "hex"), counter, timeMs });
    expect(message.toString("base64")).toBe(row.ciphertext);
    expect(open(key, message, queue)).toBe(text);
  }
});
