import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  issueIdentity,
  parseMasterFile,
  parseTicket,
  printIdentityFile,
  printMasterFile,
  ticketSecret,
} from "@mod-gearman/crypto";
import { TicketFolder, withFileLock } from "@mod-gearman/enrolment";
import { settle, testCertificates, tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { master, NOW_MS, newSite, type TestSite } from "./enroll-world.ts";

const lines = (path: string): string[] => readFileSync(path, "latin1").trimEnd().split("\n");
const epochsOf = ({ masterPath }: TestSite): readonly number[] =>
  parseMasterFile(readFileSync(masterPath)).epochs;

test("a ticket is printed alone, and its identity added to the list", async (context) => {
  const site = newSite(context, ["enroll_queue=keys"], "# comment\nworker db-1 host\n");
  const { code, out, err } = await site.enroll("issue", "web-1", "--queue=service,host", "--valid=60");
  expect([code, out.split("\n")]).toEqual([0, [expect.stringMatching(/^mgt1-[A-Za-z0-9_-]+$/), ""]]);
  expect(lines(site.listPath)).toEqual([
    "# comment",
    "worker db-1 host",
    "worker web-1 service",
    "worker web-1 host",
    "end",
  ]);
  expect(statSync(site.listPath).mode & 0o777).toBe(0o644);
  const ticket = parseTicket(out);
  expect(ticket).toMatchObject({
    secret: ticketSecret(master.secret, Buffer.alloc(16, 7)),
    queue: Buffer.from("keys"),
    servers: "gearman.example.org:4730",
  });
  expect(err).toContain("of worker web-1 for service, host, until 2026-11-21T");
  const [kept] = await new TicketFolder(site.tickets).list();
  expect(kept).toMatchObject({ name: "web-1", kind: "worker", expiresMs: NOW_MS + 60_000 });
  for (const file of readdirSync(join(site.tickets, "tickets")))
    expect(readFileSync(join(site.tickets, "tickets", file), "latin1")).not.toContain(
      ticket.secret.toString("hex"),
    );
});

test("a ticket says that its servers are spoken to with TLS; without their authority it is not redeemed", async (context) => {
  const { certificateFile } = testCertificates(context).authority("ca");
  const site = newSite(context, ["tls=yes", `tls_ca_file=${certificateFile}`]);
  const { out } = await site.enroll("issue", "web-1", "--queue=service");
  expect(parseTicket(out).servers).toBe("tls://gearman.example.org:4730");
  const { code, err } = await site.enroll("redeem", out.trim(), `--dir=${site.folder}`);
  expect(code).toBe(1);
  expect(err).toContain("tls://gearman.example.org:4730 is spoken to with TLS, which needs the certificate");
  const [ticket] = await new TicketFolder(site.tickets).list();
  expect(ticket?.redeemed).toBeUndefined();
});

test("a sender has patterns of hosts; the same line is not added twice", async (context) => {
  const site = newSite(context, [], "sender app-7 app-*\nend\n");
  const { code } = await site.enroll("issue", "app-7", "--host=app-*", "--host=db-?");
  expect(code).toBe(0);
  expect(lines(site.listPath)).toEqual(["sender app-7 app-*", "sender app-7 db-?", "end"]);
});

test.for<[what: string, argv: string[], said: string | RegExp, code?: number]>([
  ["no command", ["--force"], /first word is no command/, 3],
  ["another command", ["remove", "web-1"], /first word is no command/, 3],
  ["no name", ["issue", "--queue=service"], /issue needs a word behind it/, 3],
  ["a word too many", ["issue", "web-1", "db-1", "--queue=service"], /'db-1' is not an option/, 3],
  ["a bad name", ["issue", "web 1", "--queue=service"], /a name is 1 to 128/],
  ["neither queue nor host", ["issue", "web-1"], /either --queue is needed/],
  ["both", ["issue", "web-1", "--queue=service", "--host=*"], /either --queue is needed/],
  [
    "a queue that no worker takes",
    ["issue", "web-1", "--queue=check_results"],
    /no worker takes queue check_results/,
  ],
  ["a revoked name", ["issue", "old", "--queue=service"], /old is revoked/],
  ["a name of another kind", ["issue", "app-7", "--queue=service"], /app-7 is a sender already/],
  ["a text that is no ticket", ["redeem", "mgt1-AAAA"], /this is no ticket/],
  ["an unknown name", ["revoke", "nothing"], /neither an identity nor a ticket/],
])("%s is refused", async ([, argv, said, code = 1], context) => {
  const list = "worker old service\nrevoked old\nsender app-7 *\n";
  const site = newSite(context, [], list);
  const call = await site.enroll(...argv);
  expect(call).toMatchObject({ code, out: "", err: expect.stringMatching(said) });
  expect(readFileSync(site.listPath, "latin1")).toBe(list);
});

test.for([
  ["envelope=legacy", /envelope=both or v2 is not set/],
  ["enroll_dir=", /enroll_dir/],
] as const)("a module with %s is not set up for it", async ([line, said], context) => {
  const site = newSite(context, [line]);
  const { code, err } = await site.enroll("list");
  expect(code).toBeGreaterThan(0);
  expect(err).toMatch(said);
});

test("what is likely not meant is said: a server of this machine, a queue that is not sealed", async (context) => {
  const site = newSite(context, ["server=localhost", "envelope=both", "envelope_queues=host*"]);
  const { err } = await site.enroll("issue", "web-1", "--queue=service,hostgroup_a");
  expect(err).toMatch(/envelope_queues does not name service:/);
  const local = await site.enroll("issue", "web-1", "--queue=host", "--server=127.0.0.1");
  expect(local.err).toMatch(/names the job server 127.0.0.1:4730, which other machines cannot reach/);
});

test("identities and tickets are listed with what became of them", async (context) => {
  const site = newSite(context, [], "worker db-1 host\nrevoked db-1\n");
  const folder = new TicketFolder(site.tickets);
  await site.enroll("issue", "web-1", "--queue=service");
  const [ticket] = await folder.list();
  await folder.redeem(ticket?.id ?? "", { atMs: NOW_MS, host: "web-1", publicKey: Buffer.alloc(32) });
  await folder.holds({ name: "web-1", epoch: 1, atMs: NOW_MS, host: "web-1" });
  const { code, out } = await site.enroll("list");
  expect(code).toBe(0);
  expect(out.split("\n")).toEqual([
    "epochs in use: 1 (the first one for new jobs)",
    "worker db-1: REVOKED, has not asked for keys, host",
    expect.stringMatching(/^worker web-1: valid, has keys of epoch 1 since .* on web-1, service$/),
    expect.stringMatching(/^ticket \w{16} of worker web-1: redeemed by web-1 at /),
    "",
  ]);
});

test("a revocation is a line in the list, and ends the tickets of the identity", async (context) => {
  const site = newSite(context);
  await site.enroll("issue", "web-1", "--queue=service");
  const { code, out } = await site.enroll("revoke", "web-1");
  expect([code, lines(site.listPath).slice(-2)]).toEqual([0, ["revoked web-1", "end"]]);
  expect(out).toContain("refuses it within 5 seconds");
  expect((await new TicketFolder(site.tickets).list())[0]?.revokedMs).toBe(NOW_MS);
  expect((await site.enroll("revoke", "web-1")).code).toBe(0);
  expect(lines(site.listPath).filter((line) => line.startsWith("revoked"))).toHaveLength(1);
});

test("comments and blank lines behind the end of a list stay", async (context) => {
  const site = newSite(context, [], "worker web-1 service\nend \r\n# kept by hand\n\n");
  expect(await site.enroll("issue", "web-2", "--queue=host")).toMatchObject({ code: 0 });
  expect(await site.enroll("revoke", "web-1")).toMatchObject({ code: 0 });
  expect(lines(site.listPath)).toEqual([
    ...["worker web-1 service", "# kept by hand", "", "worker web-2 host", "revoked web-1", "end"],
  ]);
});

test("one ticket can be revoked, its identity stays", async (context) => {
  const site = newSite(context);
  await site.enroll("issue", "web-1", "--queue=service");
  const [ticket] = await new TicketFolder(site.tickets).list();
  expect((await site.enroll("revoke", ticket?.id ?? "")).code).toBe(0);
  expect(lines(site.listPath)).toEqual(["worker web-1 service", "end"]);
  expect((await site.enroll("list")).out).toMatch(/revoked at/);
});

test("a new epoch is in use when all workers have its keys, and the old one is taken away later", async (context) => {
  const site = newSite(context, [], "worker web-1 service\nworker gone host\nrevoked gone\nsender app-7 *\n");
  const folder = new TicketFolder(site.tickets);
  const rotating = site.enroll("rotate", "--wait=60");
  await settleUntil(() => epochsOf(site).length === 2);
  expect(epochsOf(site)).toEqual([1, 2]);
  await settleUntil(() => site.said.length > 0);
  expect(site.said).toEqual(["0 of 1 workers have the keys, 60 s left, next: web-1"]);
  await folder.holds({ name: "web-1", epoch: 2, atMs: NOW_MS, host: "h" });
  const { code } = await tickUntil(site, rotating);
  expect([code, epochsOf(site)]).toEqual([0, [2, 1]]);
  expect(site.said.at(-1)).toBeUndefined(); // it is removed
  const early = await site.enroll("rotate", "--finish");
  expect([early.code, early.err]).toEqual([1, expect.stringContaining("app-7")]);
  await folder.holds({ name: "app-7", epoch: 2, atMs: NOW_MS, host: "h" });
  expect((await site.enroll("rotate", "--finish")).code).toBe(0);
  expect(epochsOf(site)).toEqual([2]);
  expect(statSync(site.masterPath).mode & 0o777).toBe(0o600);
});

test("what another call has made of the master while workers were waited for stays", async (context) => {
  const site = newSite(context, [], "worker web-1 service\n");
  const folder = new TicketFolder(site.tickets);
  const rotating = site.enroll("rotate", "--wait=60");
  await settleUntil(() => site.said.length > 0);
  await folder.holds({ name: "web-1", epoch: 2, atMs: NOW_MS, host: "h" });
  writeFileSync(site.masterPath, printMasterFile({ ...master, epochs: [2] }), { mode: 0o600 });
  expect(await tickUntil(site, rotating)).toMatchObject({ code: 0 });
  expect(epochsOf(site)).toEqual([2]);
  const again = site.enroll("rotate", "--wait=60");
  await settleUntil(() => epochsOf(site).length === 2 && site.clock.pending > 0);
  writeFileSync(site.masterPath, printMasterFile(master), { mode: 0o600 });
  await folder.holds({ name: "web-1", epoch: 3, atMs: NOW_MS, host: "h" });
  expect(await tickUntil(site, again)).toMatchObject({
    code: 1,
    err: expect.stringContaining("epoch 3 was taken away"),
  });
  expect(epochsOf(site)).toEqual([1]);
});

test.for<[path: "listPath" | "masterPath", argv: string[]]>([
  ["listPath", ["issue", "web-2", "--queue=host"]],
  ["listPath", ["revoke", "web-1"]],
  ["masterPath", ["rotate", "--force"]],
])(
  "while another call changes the file of %s, %j waits, and loses nothing of it",
  async ([path, argv], context) => {
    const site = newSite(context, [], "worker web-1 service\nend\n");
    const { clock } = site;
    const other = {
      listPath: "worker web-1 service\nsender app-7 *\nend\n",
      masterPath: printMasterFile({ ...master, epochs: [3] }),
    };
    const waiting = await withFileLock(site[path], { clock, host: "web-1" }, async () => {
      const call = site.enroll(...argv);
      await settleUntil(() => clock.pending > 0);
      writeFileSync(site[path], other[path]);
      return { call };
    });
    expect(await tickUntil(site, waiting.call)).toMatchObject({ code: 0 });
    if (path === "listPath") expect(lines(site.listPath)).toContain("sender app-7 *");
    else expect(epochsOf(site)).toEqual([4, 3]);
    expect(readdirSync(site.folder).filter((name) => name.includes(".lock"))).toEqual([]);
  },
);

test("a lock that stays is an error with its path, and nothing is changed", async (context) => {
  const site = newSite(context, [], "worker web-1 service\nend\n");
  writeFileSync(`${site.listPath}.lock`, "1 1 00-11 another-host\n");
  const { code, err } = await tickUntil(site, site.enroll("revoke", "web-1"));
  expect(code).toBe(1);
  expect(err).toContain(`Error - ${site.listPath}.lock is held by process 1 on another-host.`);
  expect(lines(site.listPath)).toEqual(["worker web-1 service", "end"]);
});

test("a worker that does not fetch its keys keeps the old epoch in use, and the next call goes on", async (context) => {
  const site = newSite(context, [], "worker web-1 service\n");
  const { code, err } = await tickUntil(site, site.enroll("rotate", "--wait=2"));
  expect([code, epochsOf(site)]).toEqual([1, [1, 2]]);
  expect(err).toContain("these workers have no keys of epoch 2 yet: web-1");
  expect((await site.enroll("rotate", "--force")).code).toBe(0);
  expect(epochsOf(site)).toEqual([2, 1]);
});

test("keys in a file that every user may open are not renewed: the new ones would be as open", async (context) => {
  const site = newSite(context);
  const identity = join(site.folder, "app.key");
  const keys = issueIdentity(master, { kind: "sender", name: "app", queues: [] });
  writeFileSync(identity, printIdentityFile(keys));
  for (const mode of [0o644, 0o602]) {
    chmodSync(identity, mode);
    const { code, err } = await site.enroll("renew", `--identity=${identity}`, "--server=127.0.0.1:1");
    expect([code, err]).toEqual([1, expect.stringContaining("app.key is open to every user")]);
  }
});

test("what the module needs is made once", async (context) => {
  const site = newSite(context);
  const dir = tmpFolder(context);
  const first = await site.enroll("init", `--dir=${dir}`);
  expect(first.code).toBe(0);
  expect(readdirSync(dir).toSorted()).toEqual(["enroll", "identities", "master.key"]);
  expect(statSync(join(dir, "master.key")).mode & 0o777).toBe(0o600);
  expect(first.out).toContain(`enroll_dir=${dir}/enroll`);
  const before = readFileSync(join(dir, "master.key"));
  writeFileSync(join(dir, "identities"), "worker web-1 host\n");
  expect((await site.enroll("init", `--dir=${dir}`)).err).toContain("there already");
  expect(readFileSync(join(dir, "master.key"))).toEqual(before);
  expect(lines(join(dir, "identities"))).toEqual(["worker web-1 host"]);
});

test("a folder that cannot be written does not cost the ticket, and the error does not show it", async (context) => {
  const site = newSite(context);
  const { out } = await site.enroll("issue", "web-1", "--queue=service", "--server=127.0.0.1:1");
  const { code, err } = await site.enroll("redeem", out.trim(), "--dir=/proc/none");
  expect([code, err]).toEqual([1, expect.stringMatching(/^Error - ENOENT/)]);
  expect(err).not.toContain(out.trim());
});

test("help and version", async (context) => {
  const site = newSite(context);
  expect((await site.enroll("--help")).out).toMatch(/^Usage: mod_gearman_enroll /);
  expect((await site.enroll("--version")).out).toBe(
    "mod_gearman_enroll: version 1.2.3 running on node v24\n",
  );
});

async function settleUntil(isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise((resolve) => setImmediate(resolve));
}

async function tickUntil<T>(site: TestSite, call: Promise<T>): Promise<T> {
  let isOver = false;
  void call.then(() => {
    isOver = true;
  });
  while (!isOver) {
    site.clock.tick(500);
    await settle();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return call;
}
