// @module-tag slow
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@mod-gearman/base";
import {
  bridgeAgreement,
  EnvelopeOpener,
  EnvelopeSealer,
  type IdentityKeys,
  OwnKeys,
  parseIdentityFile,
  printMasterFile,
  secretId,
  ticketSecret,
} from "@mod-gearman/crypto";
import { BridgeLine, BridgeTalk, TicketFolder } from "@mod-gearman/enrolment";
import { parseJob, printWorkerResult } from "@mod-gearman/payload";
import {
  type RunningGearmand,
  type SkippableTestContext,
  startGearmand,
  tmpFolder,
  waitFor,
} from "@mod-gearman/testkit";
import { expect, onTestFinished, test } from "vitest";
import type { Bridge } from "../src/bridge.ts";
import type { BridgeFigures } from "../src/bridge-figures.ts";
import { BridgeMetrics } from "../src/bridge-metrics.ts";
import { connect, moduleArgs, newBridge, ready } from "./bridge-setup.ts";
import type { FakeShim } from "./fake-shim.ts";

const QUEUE = Buffer.from("keys_of_site");
const RESULTS = Buffer.from("check_results");
const HOUR_MS = 3_600_000;
const master = { secret: Buffer.alloc(32, 1), epochs: [1] };

interface Site {
  readonly gearmand: RunningGearmand;
  readonly bridge: Bridge;
  readonly shim: FakeShim;
  readonly masterPath: string;
  readonly list: string;
  readonly tickets: TicketFolder;
  metricsPort(): Promise<number>;
  issue(validMs?: number): Promise<{ id: string; secret: Buffer; bridgeKey: Buffer }>;
  machine(): { readonly talk: BridgeTalk; readonly line: BridgeLine };
}

async function newSite(context: SkippableTestContext): Promise<Site> {
  const folder = tmpFolder(context);
  const [masterPath, list, tickets] = ["master", "identities", "enroll"].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  writeFileSync(masterPath, printMasterFile(master), { mode: 0o600 });
  writeFileSync(list, "end\n");
  mkdirSync(tickets);
  const gearmand = await startGearmand(context);
  const serving = Promise.withResolvers<number>();
  const serveMetrics = async (address: string, figures: () => BridgeFigures) => {
    const endpoint = await new BridgeMetrics(figures).serve(address);
    serving.resolve(endpoint.port);
    return endpoint;
  };
  const bridge = newBridge({}, { serveMetrics });
  const shim = connect(bridge);
  const args = [
    ...["envelope=v2", `envelope_master_file=${masterPath}`, `envelope_identities_file=${list}`],
    ...[`enroll_dir=${tickets}`, `enroll_queue=${QUEUE}`],
    ...["enroll_alarm_host=core", "enroll_alarm_service=tickets", "prometheus_server=127.0.0.1:0"],
  ];
  shim.hello({ module_args: moduleArgs(gearmand, ` ${args.join(" ")}`) });
  await ready(shim);
  const ofTickets = new TicketFolder(tickets);
  return {
    ...{ gearmand, bridge, shim, masterPath, list, metricsPort: () => serving.promise, tickets: ofTickets },
    issue: async (validMs = HOUR_MS) => {
      writeFileSync(list, "worker web-1 service\nend\n");
      const seed = randomBytes(16);
      const secret = ticketSecret(master.secret, seed);
      const [id, issuedMs] = [secretId(secret).toString("hex"), Date.now()];
      await ofTickets.add({
        id,
        name: "web-1",
        kind: "worker",
        seed,
        issuedMs,
        expiresMs: issuedMs + validMs,
      });
      return { id, secret, bridgeKey: bridgeAgreement(master.secret).publicKey };
    },
    machine: () => {
      const servers = [{ host: "127.0.0.1", port: gearmand.port }];
      const line = new BridgeLine({ servers, queue: QUEUE, clock: systemClock, timeoutMs: 20_000 });
      onTestFinished(() => line.close());
      const send = (request: Buffer) => line.send(request);
      return {
        line,
        talk: new BridgeTalk({ queue: QUEUE, host: "web-1", nowMs: Date.now, random: randomBytes, send }),
      };
    },
  };
}

const keysOf = (file: Buffer | undefined): IdentityKeys => parseIdentityFile(file ?? QUEUE);

test("a machine gets its keys right after its line was added, and a check of them ends at the bridge", async (context) => {
  const { issue, machine, shim } = await newSite(context);
  const { talk, line } = machine();
  const keys = keysOf((await talk.redeem(await issue())).file);
  const { jobs = [] } = await talk.ask("test", keys);
  const [job] = jobs;
  if (job === undefined) throw new Error("no job");
  const own = new OwnKeys(keys);
  const opened = new EnvelopeOpener({ direction: "job", keys: own, maxTextBytes: 10_000 }).open(
    job.data,
    job.queue,
  );
  if ("refused" in opened) throw new Error(opened.refused);
  const { hostName = QUEUE, serviceDescription = QUEUE, jobId = QUEUE } = parseJob(opened.text);
  const now = BigInt(Date.now()) * 1000n;
  const result = printWorkerResult({
    ...{
      type: "active",
      hostName,
      serviceDescription,
      jobId,
      startTime: now,
      finishTime: now,
      returnCode: 0,
    },
    ...{ source: QUEUE, output: QUEUE },
  });
  const sealer = new EnvelopeSealer({ bootId: randomBytes(16), nowMs: Date.now });
  await line.submit(RESULTS, sealer.seal(own.own, RESULTS, result));
  await waitFor("the result", async () => (await talk.ask("tested", keys)).missing === 0);
  expect(shim.all("RESULT")).toEqual([]);
});

test("a ticket that is redeemed twice is a passive result, and in what the bridge says of itself", async (context) => {
  const { issue, machine, shim, bridge } = await newSite(context);
  const ticket = await issue();
  await machine().talk.redeem(ticket);
  await expect(machine().talk.redeem(ticket)).rejects.toThrow(expect.objectContaining({ code: "REDEEMED" }));
  await waitFor("the alarm", () => shim.last("RESULT") !== undefined);
  expect(shim.all("RESULT")).toEqual([
    expect.objectContaining({
      host_name: Buffer.from("core"),
      service_description: Buffer.from("tickets"),
      check_type: 1,
      return_code: 2,
    }),
  ]);
  expect(bridge.describe()).toContain("requests for keys refused: 1, TICKETS REDEEMED TWICE: 1");
});

test("a new epoch and a revocation are in use without a reload", async (context) => {
  const { issue, machine, masterPath, list } = await newSite(context);
  const { talk } = machine();
  const first = keysOf((await talk.redeem(await issue())).file);
  writeFileSync(masterPath, printMasterFile({ ...master, epochs: [1, 2] }));
  let second = first;
  await waitFor("keys of epoch 2", async () => {
    second = keysOf((await talk.ask("renew", first)).file);
    return second.own[0]?.epoch === 2;
  });
  await talk.ask("renew", second);
  writeFileSync(list, "worker web-1 service\nrevoked web-1\nend\n");
  await waitFor("the refusal", () =>
    talk.ask("renew", second).then(
      () => false,
      (error: { code?: string }) => error.code === "REVOKED",
    ),
  );
});

test("guessed, expired and revoked tickets get no keys at a job server, each is counted under its reason", async (context) => {
  const { issue, machine, tickets, metricsPort } = await newSite(context);
  const { talk } = machine();
  const fails = (code: string) => expect.objectContaining({ code });
  const revoked = await issue();
  await tickets.revoke(revoked.id, Date.now());
  await expect(talk.redeem(revoked)).rejects.toEqual(fails("REVOKED"));
  await expect(talk.redeem(await issue(-1))).rejects.toEqual(fails("EXPIRED"));
  await expect(talk.redeem({ ...revoked, secret: randomBytes(32) })).rejects.toEqual(fails("FAILED"));
  const metrics = await (await fetch(`http://127.0.0.1:${await metricsPort()}/metrics`)).text();
  const counts = [
    ...metrics.matchAll(/^modgearmanbridge_enroll_refused_total\{reason="(\w+)"\} ([1-9]\d*)$/gm),
  ];
  expect(counts.map(([, reason, count]) => [reason, count]).toSorted()).toEqual([
    ["expired", "1"],
    ["revoked", "1"],
    ["unknown_key", "1"],
  ]);
  expect(metrics).toContain("modgearmanbridge_enroll_alarms_total 0");
});
