// @module-tag fuzz
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { Chance, mutate } from "../../protocol/scripts/fuzz-loop.ts";
import { TicketFolder } from "../src/index.ts";

const ID = "0123456789abcdef";
const RUNS = 300;

/** A folder with a ticket that was redeemed, revoked and tried again. */
async function folderOf(path: string): Promise<TicketFolder> {
  const folder = new TicketFolder(path);
  const [seed, publicKey] = [Buffer.alloc(16, 1), Buffer.alloc(32, 2)];
  await folder.add({ id: ID, name: "web-1", kind: "worker", seed, issuedMs: 1000, expiresMs: 2000 });
  await folder.redeem(ID, { atMs: 1500, host: "web-1", publicKey });
  await folder.revoke(ID, 1600);
  await folder.alarm(ID, { atMs: 1700, host: "other" });
  return folder;
}

test("a ticket never becomes good again by damage: a file that is there counts, with any content", async (context) => {
  const path = tmpFolder(context);
  const folder = await folderOf(path);
  const tickets = join(path, "tickets");
  const files = new Map(readdirSync(tickets).map((name) => [name, readFileSync(join(tickets, name))]));
  expect(files.size).toBe(4);
  for (let seed = 0; seed < RUNS; seed++) {
    const chance = new Chance(seed);
    const [name, content] = chance.pick([...files]);
    writeFileSync(join(tickets, name), chance.below(5) === 0 ? "" : mutate(content, chance));
    const found = await folder.find(ID);
    expect(
      found === undefined || (found.redeemed !== undefined && found.revokedMs !== undefined),
      `seed ${seed}`,
    ).toBe(true);
    if (found !== undefined) expect(found.seed).toHaveLength(16);
    await folder.list();
    await folder.forget(3000);
    writeFileSync(join(tickets, name), content);
  }
});

test("a ticket whose file is cut anywhere is none, or has no more time than it had", async (context) => {
  const path = tmpFolder(context);
  const folder = await folderOf(path);
  const file = join(path, "tickets", `${ID}.ticket`);
  const content = readFileSync(file);
  for (let bytes = 0; bytes < content.length; bytes++) {
    writeFileSync(file, content.subarray(0, bytes));
    const found = await folder.find(ID);
    expect(found === undefined || found.expiresMs <= 2000, `${bytes} bytes`).toBe(true);
  }
});

test("a folder in the place of a file is an error, no ticket", async (context) => {
  const path = tmpFolder(context);
  const folder = await folderOf(path);
  mkdirSync(join(path, "tickets", "00000000000000ff.ticket"));
  await expect(folder.find("00000000000000ff")).rejects.toMatchObject({ code: "EISDIR" });
});
