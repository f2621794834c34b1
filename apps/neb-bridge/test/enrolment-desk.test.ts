import {
  bridgeAgreement,
  EnvelopeOpener,
  issueIdentity,
  OwnKeys,
  printMasterFile,
} from "@mod-gearman/crypto";
import { BridgeTalk, newestFirst } from "@mod-gearman/enrolment";
import { memoryLogger } from "@mod-gearman/observe";
import { parseJob } from "@mod-gearman/payload";
import { ManualClock, tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { Enrolments } from "../src/enrolments.ts";
import { fails, keysOf, LIST, master, NOW_MS, newSite, QUEUE, RESULTS, type Site } from "./desk-setup.ts";

const flipped =
  (at: number) =>
  (request: Buffer): Buffer => {
    const changed = Buffer.from(request);
    const index = at < 0 ? changed.length + at : at;
    changed[index] = (changed[index] ?? 0) ^ 1;
    return changed;
  };

test("a ticket becomes the keys of its worker, and its queues", async (context) => {
  const site = newSite(context);
  const { id, ...ticket } = await site.issue();
  const answer = await site.machine().redeem(ticket);
  expect(answer).toMatchObject({ status: "OK", envelope: "v2", resultQueue: RESULTS });
  const queues = [Buffer.from("service"), Buffer.from("host")];
  expect(keysOf(answer.file)).toEqual(issueIdentity(master, { kind: "worker", name: "web-1", queues }));
  expect((await site.folder.find(id))?.redeemed).toMatchObject({ atMs: NOW_MS, host: "host-0" });
  expect(site.memory.enrolments.granted.get("redeem")).toBe(1);
  expect(site.refused()).toEqual({});
  expect(site.lines).toEqual([`info: ticket ${id} was redeemed by host-0: it is worker web-1 now`]);
  expect(site.lines.join("")).not.toContain(ticket.secret.toString("hex"));
});

test("a ticket of a sender becomes its key", async (context) => {
  const site = newSite(context);
  const ticket = await site.issue({ name: "app-7", kind: "sender" });
  const { file } = await site.machine().redeem(ticket);
  expect(keysOf(file)).toEqual(issueIdentity(master, { kind: "sender", name: "app-7", queues: [] }));
});

test("a second redemption is refused, and an alarm: a counter, a line, a critical passive result", async (context) => {
  const path = tmpFolder(context);
  const site = newSite(context, {}, path);
  const ticket = await site.issue();
  await site.machine().redeem(ticket);
  await expect(site.machine().redeem(ticket)).rejects.toEqual(fails("REDEEMED"));
  await expect(site.machine().redeem(ticket)).rejects.toEqual(fails("REDEEMED"));
  expect(site.memory.enrolments).toMatchObject({ alarms: 2, alarmedAtMs: site.clock.monotonicMs() });
  expect(site.refused()).toEqual({ REDEEMED: 2 });
  expect(site.lines.filter((line) => line.startsWith("error: ALARM"))).toHaveLength(1);
  expect(site.alarms).toHaveLength(1);
  expect(site.alarms[0]).toMatchObject({ check_type: 1, return_code: 2, host_name: Buffer.from("core") });
  expect(site.alarms[0]?.output.toString()).toMatch(
    /^CRITICAL - ticket \w{16} of worker web-1 was redeemed a second/,
  );
  expect((await site.folder.find(ticket.id))?.alarm?.host).toBe("host-1");
  site.clock.tick(60_000);
  await expect(site.machine().redeem(ticket)).rejects.toEqual(fails("REDEEMED"));
  expect(site.alarms).toHaveLength(2);

  const restarted = newSite(context, {}, path);
  await expect(restarted.machine(undefined, "later").redeem(ticket)).rejects.toEqual(fails("REDEEMED"));
  expect(restarted.memory.enrolments.alarms).toBe(1);
});

test("of two machines that redeem a ticket at once one gets keys, and the other one is the alarm", async (context) => {
  const site = newSite(context);
  const ticket = await site.issue();
  const [one, other] = [site.machine(), site.machine()];
  const outcomes = await Promise.allSettled([one.redeem(ticket), other.redeem(ticket)]);
  expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  expect(site.memory.enrolments.alarms).toBe(1);
});

test("the same request again has the same keys, is no alarm, and useless to others", async (context) => {
  const site = newSite(context);
  const ticket = await site.issue();
  const sent: Buffer[] = [];
  await site
    .machine((request) => {
      sent.push(request);
      return request;
    })
    .redeem(ticket);
  const again = await site.desk.answer(sent[0] ?? QUEUE);
  expect(again).toBeDefined();
  // who has the ticket and has recorded the answer cannot open it
  const thief = site.machine(() => sent[0] ?? QUEUE);
  await expect(thief.redeem(ticket)).rejects.toEqual(fails("BAD_ANSWER"));
  expect(site.refused()).toEqual({});
  // later it gets none, and as anyone can have recorded it, it is no alarm
  site.at.nowMs += 600_000;
  await site.desk.answer(sent[0] ?? QUEUE);
  await expect(thief.redeem(ticket)).rejects.toEqual(fails("BAD_ANSWER"));
  expect(site.refused()).toEqual({ REPLAYED: 2 });
  expect([site.memory.enrolments.alarms, site.alarms]).toEqual([0, []]);
  expect((await site.folder.find(ticket.id))?.alarm).toBeUndefined();
});

test.for<[what: string, reason: string, prepare: (site: Site) => Promise<unknown>]>([
  [
    "an expired ticket",
    "EXPIRED",
    async (site) => {
      const ticket = await site.issue({ expiresMs: NOW_MS - 1 });
      return site.machine().redeem(ticket);
    },
  ],
  [
    "a revoked ticket",
    "REVOKED",
    async (site) => {
      const ticket = await site.issue();
      await site.folder.revoke(ticket.id, NOW_MS);
      return site.machine().redeem(ticket);
    },
  ],
  [
    "a ticket of a revoked worker",
    "REVOKED",
    async (site) => site.machine().redeem(await site.issue({ name: "gone" })),
  ],
  [
    "a ticket of a worker without a line in the list",
    "NOT_ALLOWED",
    async (site) => site.machine().redeem(await site.issue({ name: "unknown" })),
  ],
  [
    "a ticket of a sender for a worker",
    "NOT_ALLOWED",
    async (site) => site.machine().redeem(await site.issue({ kind: "sender" })),
  ],
])("%s is refused as %s, and the machine gets the reason", async ([, reason, prepare], context) => {
  const site = newSite(context);
  await expect(prepare(site)).rejects.toEqual(fails(reason));
  expect(site.refused()).toEqual({ [reason]: 1 });
  expect((await site.folder.list())[0]?.redeemed).toBeUndefined();
});

test.for<[what: string, reason: string, change: (request: Buffer) => Buffer]>([
  ["the tag changed", "NOT_AUTHENTIC", flipped(-1)],
  ["the text changed", "NOT_AUTHENTIC", flipped(41)],
  ["the boot id changed", "NOT_AUTHENTIC", flipped(12)],
  ["another id of a ticket", "UNKNOWN_KEY", flipped(4)],
  ["an epoch", "UNKNOWN_KEY", flipped(3)],
  [
    "the direction of a job",
    "WRONG_DIRECTION",
    (request) => Buffer.concat([request.subarray(0, 1), Buffer.of(1), request.subarray(2)]),
  ],
  ["a cut message", "NOT_AUTHENTIC", (request) => request.subarray(0, -1)],
  ["too few bytes", "TOO_SHORT", (request) => request.subarray(0, 40)],
  ["too many bytes", "TOO_LONG", (request) => Buffer.concat([request, Buffer.alloc(2000)])],
  ["no bytes", "NOT_SEALED_V2", () => Buffer.alloc(0)],
  ["the legacy form", "NOT_SEALED_V2", () => Buffer.from("dHlwZT1yZWRlZW0=")],
])("a request with %s has no answer, and counts as %s", async ([, reason, change], context) => {
  const site = newSite(context);
  const ticket = await site.issue();
  await expect(site.machine(change).redeem(ticket)).rejects.toEqual(fails("FAILED"));
  expect(site.refused()).toEqual({ [reason]: 1 });
  expect((await site.folder.find(ticket.id))?.redeemed).toBeUndefined();
});

test("a guessed secret, and a ticket of another site, are refused", async (context) => {
  const site = newSite(context);
  const { bridgeKey } = await site.issue();
  await expect(site.machine().redeem({ secret: Buffer.alloc(32, 3), bridgeKey })).rejects.toEqual(
    fails("FAILED"),
  );
  expect(site.refused()).toEqual({ UNKNOWN_KEY: 1 });
  const other = newSite(context, {
    masterFile: printMasterFile({ secret: Buffer.alloc(32, 2), epochs: [1] }),
  });
  const ticket = await other.issue();
  await expect(other.machine().redeem(ticket)).rejects.toEqual(fails("FAILED"));
  expect(other.refused()).toEqual({ NOT_AUTHENTIC: 1 });
});

test("who has the ticket cannot answer in place of the bridge", async (context) => {
  const [site, another] = [newSite(context), newSite(context)];
  const ticket = await site.issue();
  await another.issue();
  const wrong = bridgeAgreement(Buffer.alloc(32, 9)).publicKey;
  await expect(site.machine().redeem({ ...ticket, bridgeKey: wrong })).rejects.toEqual(fails("BAD_ANSWER"));
});

test("no more requests are looked at than the limit", async (context) => {
  const site = newSite(context);
  for (let at = 0; at < 405; at++) await site.desk.answer(QUEUE);
  expect(site.refused()).toEqual({ NOT_SEALED_V2: 400, TOO_MANY: 5 });
  site.clock.tick(1000);
  for (let at = 0; at < 205; at++) await site.desk.answer(QUEUE);
  expect(site.refused()).toEqual({ NOT_SEALED_V2: 600, TOO_MANY: 10 });
});

test("an identity gets the keys of all epochs, newest first, and proves which it has", async (context) => {
  const site = newSite(context);
  const { file } = await site.machine().redeem(await site.issue());
  const first = keysOf(file);
  site.envelope.useMaster(printMasterFile({ secret: master.secret, epochs: [1, 2] }));
  const second = keysOf((await site.machine().ask("renew", first)).file);
  expect(second.own.map(({ epoch }) => epoch)).toEqual([2, 1]);
  expect(second).toEqual(
    issueIdentity(newestFirst({ ...master, epochs: [1, 2] }), {
      kind: "worker",
      name: "web-1",
      queues: [Buffer.from("service"), Buffer.from("host")],
    }),
  );
  expect((await site.folder.holders()).map(({ epoch }) => epoch)).toEqual([1]);
  await site.machine().ask("renew", second);
  expect((await site.folder.holders()).map(({ name, epoch }) => [name, epoch])).toEqual([["web-1", 2]]);
  site.envelope.useMaster(printMasterFile({ secret: master.secret, epochs: [2] }));
  await expect(site.machine().ask("renew", first)).rejects.toEqual(fails("FAILED"));
  site.list.content = `${LIST}revoked web-1\n`;
  site.envelope.useIdentities(Buffer.from(site.list.content));
  await expect(site.machine().ask("renew", second)).rejects.toEqual(fails("REVOKED"));
  expect(site.refused()).toEqual({ UNKNOWN_KEY: 1, REVOKED: 1 });
});

test("a request under keys of a former epoch, sent again, does not hide that the new ones have arrived", async (context) => {
  const path = tmpFolder(context);
  const site = newSite(context, {}, path);
  const sent: Buffer[] = [];
  const recorded = site.machine((request) => {
    sent.push(request);
    return request;
  });
  const first = keysOf((await site.machine().redeem(await site.issue())).file);
  const masterFile = printMasterFile({ secret: master.secret, epochs: [1, 2] });
  site.envelope.useMaster(masterFile);
  const second = keysOf((await recorded.ask("renew", first)).file);
  await site.machine().ask("renew", second);
  const epochOnDisk = async () => (await site.folder.holder("web-1"))?.epoch;
  expect(await site.desk.answer(sent[0] ?? QUEUE)).toBeDefined();
  expect(await epochOnDisk()).toBe(2);
  const restarted = newSite(context, { masterFile }, path);
  expect(await restarted.desk.answer(sent[0] ?? QUEUE)).toBeDefined();
  expect(await epochOnDisk()).toBe(2);
  // at the same moment, in any order
  await site.folder.holds({ name: "web-1", epoch: 1, atMs: 0, host: "h" });
  const again = newSite(context, { masterFile }, path);
  await Promise.all([again.machine().ask("renew", second), again.desk.answer(sent[0] ?? QUEUE)]);
  expect(await epochOnDisk()).toBe(2);
});

test("an epoch of a former master on disk counts for nothing", async (context) => {
  const site = newSite(context);
  await site.folder.holds({ name: "web-1", epoch: 7, atMs: 0, host: "h" });
  await site.machine().ask("renew", keysOf((await site.machine().redeem(await site.issue())).file));
  expect((await site.folder.holder("web-1"))?.epoch).toBe(1);
});

test("an answer to an earlier request is not taken", async (context) => {
  const site = newSite(context);
  const own = keysOf((await site.machine().redeem(await site.issue())).file);
  const sent: Buffer[] = [];
  await site
    .machine((request) => {
      sent.push(request);
      return request;
    })
    .ask("renew", own);
  await expect(site.machine(() => sent[0] ?? QUEUE).ask("renew", own)).rejects.toEqual(fails("BAD_ANSWER"));
});

test("a test is a sealed job of each queue, whose results end here", async (context) => {
  const site = newSite(context, { envelope: "both", envelopeQueues: [Buffer.from("service")] });
  const own = keysOf((await site.machine().redeem(await site.issue())).file);
  await expect(site.machine().ask("tested", own)).rejects.toEqual(fails("NOT_IN_FLIGHT"));
  const { jobs = [] } = await site.machine().ask("test", own);
  expect(jobs.map(({ queue }) => queue.toString())).toEqual(["service"]);
  const opener = new EnvelopeOpener({ direction: "job", keys: new OwnKeys(own), maxTextBytes: 10_000 });
  const opened = opener.open(jobs[0]?.data ?? QUEUE, Buffer.from("service"));
  if ("refused" in opened) throw new Error(opened.refused);
  const job = parseJob(opened.text);
  expect(job).toMatchObject({ kind: "service", hostName: Buffer.from("mod_gearman_enroll") });
  expect((await site.machine().ask("tested", own)).missing).toBe(1);
  const result = { type: "active", hostName: job.hostName, serviceDescription: job.serviceDescription };
  const { enrolments } = site.memory;
  const other = { ...result, serviceDescription: Buffer.from("other") };
  expect(enrolments.isOfTest(other as never)).toBe(false);
  expect(enrolments.isOfTest({ ...result, type: "passive" } as never)).toBe(false);
  expect(enrolments.isOfTest(result as never)).toBe(true);
  expect((await site.machine().ask("tested", own)).missing).toBe(0);
});

test("a test that is asked for again and again leaves the ids of the last one in flight", async (context) => {
  const site = newSite(context);
  const own = keysOf((await site.machine().redeem(await site.issue())).file);
  for (let at = 0; at < 50; at++) await site.machine().ask("test", own);
  expect(site.memory.flights.size).toBe(2);
  expect((await site.machine().ask("tested", own)).missing).toBe(2);
});

test("no more tests are waited for than the limit", () => {
  const enrolments = new Enrolments(new ManualClock(), memoryLogger());
  for (let at = 0; at < 1000; at++) expect(enrolments.beginTest(`w${at}`, [`id-${at}`])).toEqual([]);
  expect(enrolments.beginTest("one more", [])).toEqual(["id-0"]);
  expect([enrolments.missing("w0"), enrolments.missing("w1")]).toEqual([undefined, 1]);
});

test("who is refused without a proof is not called by the name that it gives itself", async (context) => {
  const site = newSite(context);
  const { id, ...ticket } = await site.issue();
  await expect(site.machine(flipped(-1)).redeem(ticket)).rejects.toEqual(fails("FAILED"));
  site.clock.tick(60_000);
  const own = issueIdentity(master, { kind: "worker", name: "web-1", queues: [] });
  await expect(site.machine(flipped(-1)).ask("renew", own)).rejects.toEqual(fails("FAILED"));
  expect(site.lines).toEqual([
    expect.stringContaining(`of a machine that names ticket ${id} of worker web-1: `),
    expect.stringContaining("of a machine that calls itself worker web-1: "),
  ]);
});

test("a request of the wrong kind is not allowed", async (context) => {
  const site = newSite(context);
  const sender = issueIdentity(master, { kind: "sender", name: "app-7", queues: [] });
  const desk = new BridgeTalk({
    ...{ queue: QUEUE, host: "h", nowMs: () => NOW_MS, random: (bytes: number) => Buffer.alloc(bytes, 4) },
    send: async (request) => (await site.desk.answer(request)) ?? QUEUE,
  });
  // a sender's key is of another direction than a worker's: the bridge tells them apart by its list
  expect(keysOf((await desk.ask("renew", sender)).file)).toEqual(sender);
  await expect(desk.ask("test", sender)).rejects.toEqual(fails("NOT_ALLOWED"));
  const impostor = issueIdentity(master, { kind: "sender", name: "web-1", queues: [] });
  await expect(desk.ask("renew", impostor)).rejects.toEqual(fails("BAD_ANSWER"));
  expect(site.refused()).toEqual({ NOT_ALLOWED: 1, NOT_AUTHENTIC: 1 });
});
