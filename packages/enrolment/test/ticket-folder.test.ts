import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { type IssuedTicket, TicketFolder } from "../src/index.ts";

const ticket: IssuedTicket = {
  id: "00112233445566ff",
  name: "web-1",
  kind: "worker",
  seed: Buffer.alloc(16, 7),
  issuedMs: 1000,
  expiresMs: 5000,
};
const DAY_MS = 24 * 3_600_000;

function newFolder(context: TestContext): { path: string; folder: TicketFolder } {
  const path = tmpFolder(context);
  return { path, folder: new TicketFolder(path) };
}

test("a ticket is found again by another run, with what became of it", async (context) => {
  const { path, folder } = newFolder(context);
  await folder.add(ticket);
  expect(await folder.find(ticket.id)).toEqual(ticket);
  expect(await folder.redeem(ticket.id, { atMs: 2000, host: "web-1", publicKey: Buffer.of(171) })).toBe(true);
  await folder.alarm(ticket.id, { atMs: 3000, host: "other" });
  expect(await folder.revoke(ticket.id, 4000)).toBe(true);
  const after = await new TicketFolder(path).find(ticket.id);
  expect(after).toEqual({
    ...ticket,
    redeemed: { atMs: 2000, host: "web-1", publicKey: Buffer.of(171) },
    alarm: { atMs: 3000, host: "other" },
    revokedMs: 4000,
  });
  expect(await folder.list()).toEqual([after]);
});

test("of many redemptions at once one is the first", async (context) => {
  const { path, folder } = newFolder(context);
  await folder.add(ticket);
  const all = await Promise.all(
    Array.from({ length: 50 }, (_, at) =>
      new TicketFolder(path).redeem(ticket.id, { atMs: at, host: "h", publicKey: Buffer.of(at) }),
    ),
  );
  expect(all.filter(Boolean)).toHaveLength(1);
  expect((await folder.find(ticket.id))?.redeemed?.publicKey).toEqual(Buffer.of(all.indexOf(true)));
  expect(readdirSync(join(path, "tickets")).toSorted()).toEqual([
    `${ticket.id}.redeemed`,
    `${ticket.id}.ticket`,
  ]);
});

test("the first alarm and the first revocation are kept", async (context) => {
  const { folder } = newFolder(context);
  await folder.add(ticket);
  for (const atMs of [1, 2]) {
    await folder.alarm(ticket.id, { atMs, host: "h" });
    expect(await folder.revoke(ticket.id, atMs)).toBe(atMs === 1);
  }
  expect(await folder.find(ticket.id)).toMatchObject({ alarm: { atMs: 1 }, revokedMs: 1 });
});

test("files are for their owner only, and hold no secret", async (context) => {
  const { path, folder } = newFolder(context);
  await folder.add(ticket);
  await folder.holds({ name: "web-1", epoch: 2, atMs: 1, host: "h" });
  const file = join(path, "tickets", `${ticket.id}.ticket`);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(path, "tickets")).mode & 0o777).toBe(0o700);
  expect(statSync(join(path, "workers", "web-1")).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, "latin1")).toBe(
    `type=ticket\nname=web-1\nkind=worker\nseed=${"07".repeat(16)}\nissued=1000\nexpires=5000\n`,
  );
});

test.for(["", "../../etc/passwd", "0011223344556600", "00112233445566FF", "00112233445566ff.ticket"])(
  "there is no ticket %j",
  async (id, context) => {
    const { folder } = newFolder(context);
    await folder.add(ticket);
    expect(await folder.find(id)).toBeUndefined();
  },
);

test.for(["", "type=ticket\n", "name=web-1\nkind=root\nseed=00\nissued=1\nexpires=1\n"])(
  "a file with %j is no ticket",
  async (text, context) => {
    const { path, folder } = newFolder(context);
    await folder.add(ticket);
    writeFileSync(join(path, "tickets", "ffffffffffffffff.ticket"), text);
    expect(await folder.find("ffffffffffffffff")).toBeUndefined();
    expect(await folder.list()).toHaveLength(1);
  },
);

test("no second ticket gets the id of another one", async (context) => {
  const { folder } = newFolder(context);
  await folder.add(ticket);
  await expect(folder.add(ticket)).rejects.toThrow(RangeError);
});

test("a folder that is not there has no tickets", async (context) => {
  const { path } = newFolder(context);
  const folder = new TicketFolder(join(path, "none"));
  expect(await folder.list()).toEqual([]);
  expect(await folder.holders()).toEqual([]);
  expect(await folder.find(ticket.id)).toBeUndefined();
});

test("tickets are forgotten 90 days after their end, and so is what a crash left", async (context) => {
  const { path, folder } = newFolder(context);
  await folder.add(ticket);
  await folder.add({ ...ticket, id: "ffffffffffffffff" });
  await folder.redeem("ffffffffffffffff", { atMs: 2 * DAY_MS, host: "h", publicKey: Buffer.alloc(0) });
  const left = join(path, "tickets", ".0011.new");
  writeFileSync(left, "");
  utimesSync(left, 0, 0);
  expect(await folder.forget(90 * DAY_MS)).toBe(0);
  expect(await folder.forget(91 * DAY_MS)).toBe(1);
  expect((await folder.list()).map(({ id }) => id)).toEqual(["ffffffffffffffff"]);
  expect(readdirSync(join(path, "tickets")).toSorted()).toEqual([
    "ffffffffffffffff.redeemed",
    "ffffffffffffffff.ticket",
  ]);
});

test("the last proof of keys of an identity counts", async (context) => {
  const { folder } = newFolder(context);
  for (const epoch of [1, 2]) await folder.holds({ name: "web-1", epoch, atMs: epoch, host: "h" });
  expect(await folder.holders()).toEqual([{ name: "web-1", epoch: 2, atMs: 2, host: "h" }]);
  await expect(folder.holds({ name: "../x", epoch: 1, atMs: 1, host: "h" })).rejects.toThrow(RangeError);
});
