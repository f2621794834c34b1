import { nullLogger } from "@mod-gearman/base";
import { type RefusalReason, refusalText } from "@mod-gearman/crypto";
import { Refusals } from "@mod-gearman/observe";
import { ManualClock } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { Enrolments } from "../src/enrolments.ts";
import { siteAccess } from "../src/site-access.ts";

function setup() {
  const clock = new ManualClock();
  const refusals = new Refusals<RefusalReason>({
    ...{ logger: nullLogger, clock, what: "a result of" },
    legacyText: (names) => names,
  });
  const enrolments = new Enrolments(clock, nullLogger);
  const results: { discarded: number; discardedAtMs: number | undefined } = {
    ...{ discarded: 0, discardedAtMs: undefined },
  };
  const differences = new Map([["w1", 90_000]]);
  const site = siteAccess(
    { clock, hostName: "core", nowMicros: () => 0n },
    {
      ...{ refusals, enrolments, logger: nullLogger, engine: () => undefined, results: () => results },
      times: { clockDifferences: () => differences },
    },
  );
  const refuse = (reason: RefusalReason) => refusals.refused(reason, refusalText(reason), "a sender");
  return { clock, refuse, enrolments, results, site };
}

test("a site without trouble has none; a second result of a run is no trouble", () => {
  const { site, refuse } = setup();
  refuse("NOT_IN_FLIGHT");
  expect(site.trouble()).toEqual({
    ...{ undecodable: 0, refused: 0, ticketAlarms: 0, clockDifferences: new Map([["w1", 90_000]]) },
  });
});

test("what went wrong is counted, with the time since the last one and the reason of the last refusal", async () => {
  const { clock, site, refuse, enrolments, results } = setup();
  await clock.advance(1000);
  refuse("REVOKED");
  refuse("NOT_ALLOWED");
  enrolments.alarm();
  await clock.advance(1000);
  refuse("REVOKED");
  Object.assign(results, { discarded: 4, discardedAtMs: clock.monotonicMs() });
  await clock.advance(3000);
  refuse("NOT_IN_FLIGHT");
  expect(site.trouble()).toMatchObject({
    ...{ undecodable: 4, undecodableSeconds: 3, refused: 3, refusedSeconds: 3 },
    ...{ refusedWhy: refusalText("REVOKED"), ticketAlarms: 1, ticketAlarmSeconds: 4 },
  });
});
