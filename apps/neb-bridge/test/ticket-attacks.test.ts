import { randomBytes } from "node:crypto";
import type { ModuleOptions } from "@mod-gearman/config";
import {
  agreementKey,
  EnvelopeSealer,
  envelopeKey,
  issueIdentity,
  printEnrolRequest,
  printMasterFile,
  ticketSecret,
} from "@mod-gearman/crypto";
import type { TicketFolder, TicketState } from "@mod-gearman/enrolment";
import { tmpFolder } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import {
  HOUR_MS,
  LIST,
  master,
  NOW_MS,
  newSite,
  QUEUE,
  type Replaced,
  SEED,
  type Site,
} from "./desk-setup.ts";
import { changed } from "./sealed-setup.ts";

/*
 * Each check of the desk against the attack that it is there for: refused, and keys are given as soon as this one check is taken
 * out. The test takes it out with other settings, or with another folder of tickets; no program can. The checks of the codec, which a
 * request passes before: packages/crypto/test/v2/attacks.test.ts.
 */

interface Attack {
  readonly reason: string;
  /** Ends with an error where the attacker gets no keys. */
  run(site: Site): Promise<unknown>;
  /** What the check is taken out with. */
  readonly over?: Partial<ModuleOptions>;
  readonly replaced?: Replaced;
}

const guessedMaster = { secret: Buffer.alloc(32, 5), epochs: [1] };
const list = (text: string): Partial<ModuleOptions> => ({ identities: Buffer.from(text) });

/** Tickets are found, but with other facts. */
const withTicket =
  (change: (ticket: TicketState) => TicketState): Replaced =>
  (folder) =>
    changed(folder, {
      find: async (id: string) => {
        const ticket = await folder.find(id);
        return ticket && change(ticket);
      },
    });
/** A folder that keeps no mark of what was redeemed. */
const forgetful = (folder: TicketFolder): TicketFolder =>
  changed(withTicket(({ redeemed: _, ...ticket }) => ticket)(folder), { redeem: async () => true });
const renew = (site: Site, { name = "web-1", epochs = master.epochs }) =>
  site.machine().ask("renew", issueIdentity({ ...master, epochs }, { kind: "worker", name, queues: [] }));

/** A request under the id of a ticket, and any secret. */
function requestUnder(secret: Buffer, id: string): Buffer {
  const key = envelopeKey({ direction: "enrol-request", epoch: 0, secret, id: Buffer.from(id, "hex") });
  const { publicKey } = agreementKey(randomBytes(32));
  const text = printEnrolRequest({ kind: "redeem", host: "thief", publicKey });
  return new EnvelopeSealer({ bootId: randomBytes(16), nowMs: () => NOW_MS }).seal(key, QUEUE, text);
}

const attacks: Record<string, Attack> = {
  "a ticket that was not issued": {
    reason: "UNKNOWN_KEY",
    run: async (site) => {
      const elsewhere = await site.issue();
      await site.folder.forget(NOW_MS + 100 * 24 * HOUR_MS);
      return site.machine().redeem(elsewhere);
    },
    replaced: (folder) =>
      changed(folder, {
        find: async (id: string): Promise<TicketState> => ({
          ...{ id, name: "web-1", kind: "worker", seed: SEED, issuedMs: NOW_MS, expiresMs: NOW_MS + HOUR_MS },
        }),
      }),
  },
  "a secret that was guessed, for a ticket whose id and seed are known": {
    reason: "NOT_AUTHENTIC",
    run: async (site) => {
      const { id } = await site.issue({}, site.envelope.master.secret);
      return site.desk.answer(requestUnder(ticketSecret(guessedMaster.secret, SEED), id));
    },
    over: { masterFile: printMasterFile(guessedMaster) },
  },
  "an expired ticket": {
    reason: "EXPIRED",
    run: async (site) => {
      const ticket = await site.issue();
      site.at.nowMs += HOUR_MS + 1;
      return site.machine().redeem(ticket);
    },
    replaced: withTicket((ticket) => ({ ...ticket, expiresMs: Number.POSITIVE_INFINITY })),
  },
  "a revoked ticket": {
    reason: "REVOKED",
    run: async (site) => {
      const ticket = await site.issue();
      await site.folder.revoke(ticket.id, NOW_MS);
      return site.machine().redeem(ticket);
    },
    replaced: withTicket(({ revokedMs: _, ...ticket }) => ticket),
  },
  "a ticket that was redeemed before": {
    reason: "REDEEMED",
    run: async (site) => {
      const ticket = await site.issue();
      await site.machine().redeem(ticket);
      return site.machine().redeem(ticket);
    },
    replaced: forgetful,
  },
  "a ticket that is redeemed twice at the same moment": {
    reason: "REDEEMED",
    run: async (site) => {
      const ticket = await site.issue();
      return Promise.all([site.machine().redeem(ticket), site.machine().redeem(ticket)]);
    },
    replaced: forgetful,
  },
  "a ticket of a revoked worker": {
    reason: "REVOKED",
    run: async (site) => site.machine().redeem(await site.issue({ name: "gone" })),
    over: list(LIST.replace("revoked gone\n", "")),
  },
  "a ticket of a worker that is not in the list": {
    reason: "NOT_ALLOWED",
    run: async (site) => site.machine().redeem(await site.issue({ name: "unknown" })),
    over: list(`${LIST}worker unknown service\n`),
  },
  "a ticket of a sender with the name of a worker": {
    reason: "NOT_ALLOWED",
    run: async (site) => site.machine().redeem(await site.issue({ kind: "sender" })),
    replaced: withTicket((ticket) => ({ ...ticket, kind: "worker" })),
  },
  "the keys of a revoked worker, to get those of the next epoch": {
    reason: "REVOKED",
    run: (site) => renew(site, { name: "gone" }),
    over: list(LIST.replace("revoked gone\n", "")),
  },
  "keys of an epoch that was taken away, to get the present ones": {
    reason: "UNKNOWN_KEY",
    run: (site) => renew(site, { epochs: [3] }),
    over: { masterFile: printMasterFile({ ...master, epochs: [1, 3] }) },
  },
};

/** `keys`, or the reason under which it was counted, and nothing else. */
async function outcome(site: Site, { run }: Attack): Promise<unknown> {
  const isGiven = await run(site).then(
    (answer) => answer !== undefined,
    () => false,
  );
  const refused = Object.entries(site.refused());
  if (isGiven) return refused.length === 0 ? "keys" : refused;
  return refused.length === 1 && refused[0]?.[1] === 1 ? refused[0][0] : refused;
}

test.for(Object.entries(attacks))("%s", async ([, attack], context) => {
  expect(await outcome(newSite(context), attack)).toBe(attack.reason);
  const without = newSite(context, attack.over, tmpFolder(context), attack.replaced);
  expect(await outcome(without, attack)).toBe("keys");
});

test("a guess needs both a ticket that was issued and its secret", async (context) => {
  const guess = { secret: randomBytes(32), bridgeKey: (await newSite(context).issue()).bridgeKey };
  const attack: Attack = { reason: "UNKNOWN_KEY", run: (site) => site.machine().redeem(guess) };
  expect(await outcome(newSite(context), attack)).toBe("UNKNOWN_KEY");
  const anyId = attacks["a ticket that was not issued"]?.replaced;
  expect(await outcome(newSite(context, {}, tmpFolder(context), anyId), attack)).toBe("NOT_AUTHENTIC");
});
