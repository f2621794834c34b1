import { createHash } from "node:crypto";
import type { ModuleOptions } from "@mod-gearman/config";
import {
  bridgeAgreement,
  type IdentityKeys,
  parseIdentityFile,
  printMasterFile,
  secretId,
  ticketSecret,
} from "@mod-gearman/crypto";
import { AskError, BridgeTalk, type IssuedTicket, TicketFolder } from "@mod-gearman/enrolment";
import { memoryLogger } from "@mod-gearman/observe";
import { ManualClock, type TestContext, tmpFolder } from "@mod-gearman/testkit";
import { expect } from "vitest";
import { BridgeEnvelope, type EnvelopeMemory, envelopeMemory } from "../src/bridge-envelope.ts";
import { EnrolmentDesk } from "../src/enrolment-desk.ts";
import type { ResultMessage } from "../src/result-message.ts";
import { TicketAlarm } from "../src/ticket-alarm.ts";

export const NOW_MS = 1_795_246_679_000;
export const HOUR_MS = 3_600_000;
export const QUEUE = Buffer.from("enroll");
export const RESULTS = Buffer.from("check_results");
export const master = { secret: Buffer.alloc(32, 1), epochs: [1] };
/** Of each ticket. */
export const SEED: Buffer = Buffer.alloc(16, 9);
export const LIST =
  "worker web-1 service\nworker web-1 host\nsender app-7 app-*\nworker gone service\nrevoked gone\n";

/** The desk with all that it works with, on a folder of its own. */
export interface Site {
  readonly folder: TicketFolder;
  readonly envelope: BridgeEnvelope;
  readonly memory: EnvelopeMemory;
  readonly clock: ManualClock;
  readonly at: { nowMs: number };
  readonly lines: readonly string[];
  readonly alarms: ResultMessage[];
  readonly list: { content: string };
  readonly desk: EnrolmentDesk;
  /** A ticket that is on disk. @param made the master secret that it is made with */
  issue(
    over?: Partial<IssuedTicket>,
    made?: Buffer,
  ): Promise<{ id: string; secret: Buffer; bridgeKey: Buffer }>;
  /** Another run of a machine. @param change what happens to the request on its way */
  machine(change?: (request: Buffer) => Buffer, seed?: string): BridgeTalk;
  refused(): Record<string, number>;
}

/** What a test puts in the place of the folder of tickets, so that a check finds nothing there. */
export type Replaced = (folder: TicketFolder) => TicketFolder;

export function newSite(
  context: TestContext,
  over: Partial<ModuleOptions> = {},
  path = tmpFolder(context),
  replaced: Replaced = (folder) => folder,
): Site {
  const [clock, logger, at] = [new ManualClock(), memoryLogger(), { nowMs: NOW_MS }];
  const nowMicros = () => BigInt(at.nowMs) * 1000n;
  const memory = envelopeMemory({ clock, nowMicros }, logger);
  const list = { content: String(over.identities ?? LIST) };
  const options = {
    envelope: "v2" as const,
    envelopeQueues: [],
    masterFile: printMasterFile(master),
    identities: Buffer.from(LIST),
    resultQueue: RESULTS,
    enrollQueue: QUEUE,
    ...over,
  } satisfies Partial<ModuleOptions>;
  const envelope = BridgeEnvelope.of(options, memory);
  if (envelope === undefined) throw new Error("the legacy form");
  const folder = new TicketFolder(path);
  const { enrolments } = memory;
  const alarms: ResultMessage[] = [];
  const object = { hostName: Buffer.from("core"), serviceDescription: Buffer.from("tickets") };
  const alarm = new TicketAlarm({
    enrolments,
    logger,
    clock,
    nowMicros,
    object,
    add: (one) => alarms.push(one),
  });
  const desk = new EnrolmentDesk({
    ...{ options, envelope, folder: replaced(folder), enrolments, logger, nowMicros },
    reread: () => envelope.useIdentities(Buffer.from(list.content)),
    onAlarm: (...alarmed) => alarm.raise(...alarmed),
  });
  let runs = 0;
  return {
    ...{ folder, envelope, memory, clock, at, alarms, list, desk, lines: logger.lines },
    issue: async (more = {}, made = master.secret) => {
      const seed = SEED;
      const secret = ticketSecret(made, seed);
      const id = secretId(secret).toString("hex");
      const ticket = { id, seed, name: "web-1", kind: "worker" as const, issuedMs: NOW_MS };
      await folder.add({ ...ticket, expiresMs: NOW_MS + HOUR_MS, ...more });
      return { id, secret, bridgeKey: bridgeAgreement(made).publicKey };
    },
    machine: (change = (request) => request, seed = String(runs++)) => {
      let drawn = 0;
      return new BridgeTalk({
        ...{ queue: QUEUE, host: `host-${seed}`, nowMs: () => at.nowMs },
        random: (bytes) => createHash("sha256").update(`${seed} ${drawn++}`).digest().subarray(0, bytes),
        send: async (request) => {
          const answer = await desk.answer(change(request));
          if (answer === undefined) throw new AskError("FAILED", "no answer");
          return answer;
        },
      });
    },
    refused: () => Object.fromEntries(memory.enrolments.refusals.counts),
  };
}

/** What a refusal is thrown as. */
export const fails = (code: string) => expect.objectContaining({ code });
export const keysOf = (file: Buffer | undefined): IdentityKeys => parseIdentityFile(file ?? Buffer.alloc(0));
