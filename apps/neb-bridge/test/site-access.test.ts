import { nullLogger } from "@mod-gearman/base";
import { type RefusalReason, refusalText } from "@mod-gearman/crypto";
import { Refusals, type TracedCheck } from "@mod-gearman/observe";
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
  const runs: TracedCheck[] = [];
  const site = siteAccess(
    { clock, hostName: "core", nowMicros: () => 0n },
    {
      ...{ refusals, enrolments, logger: nullLogger, engine: () => undefined, results: () => results },
      times: { clockDifferences: () => differences },
      checks: { slowest: () => runs },
    },
  );
  const refuse = (reason: RefusalReason) => refusals.refused(reason, refusalText(reason), "a sender");
  return { clock, refuse, enrolments, results, runs, site };
}

test("a site without trouble has none; a second result of a run is no trouble", () => {
  const { site, refuse } = setup();
  refuse("NOT_IN_FLIGHT");
  expect(site.trouble()).toEqual({
    ...{ undecodable: 0, refused: 0, ticketAlarms: 0, clockDifferences: new Map([["w1", 90_000]]) },
    slowPlugins: [],
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

test("a plugin that needed three quarters of its time limit is slow", () => {
  const { site, runs } = setup();
  const run = (service: string, ms: number, timeoutSeconds: number | null): TracedCheck => ({
    ...{ host: "db-01", service, queue: "service", worker: "w1", state: 0, unique: null },
    ...{ clockDifferenceMs: null, timeoutSeconds },
    timesMs: {
      ...{ planned: 0, taken: 0, accepted: 0, queued: 0, grabbed: 0, started: 100, ended: 100 + ms },
      ...{ sent: null, fetched: null, applied: null },
    },
  });
  runs.push(run("disk", 7500, 10), run("load", 7499, 10), run("mail", 60_000, null));
  expect(site.trouble().slowPlugins).toEqual([
    { host: "db-01", service: "disk", seconds: 7.5, limitSeconds: 10 },
  ]);
});
