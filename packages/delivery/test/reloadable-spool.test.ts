import { join } from "node:path";
import { memoryLogger } from "@mod-gearman/observe";
import { openSpool } from "@mod-gearman/spool";
import { ManualClock, type TestContext, tmpFolder } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { ReloadableSpool } from "../src/reloadable-spool.ts";
import type { SpoolLocation } from "../src/router-settings.ts";
import { FakeSubmitter, result } from "./fake-submitter.ts";

const MAX_BYTES = 1 << 20;

function setUp(context: TestContext) {
  const folder = tmpFolder(context);
  const submitter = new FakeSubmitter();
  const clock = new ManualClock();
  const logger = memoryLogger();
  const refused = new Set<string>();
  const place = (name: string, maxBytes = MAX_BYTES): SpoolLocation => ({
    folder: join(folder, name),
    maxBytes,
  });
  const open = (where: SpoolLocation) => {
    if (refused.has(where.folder)) throw new Error("in use");
    return openSpool(where);
  };
  const spool = new ReloadableSpool({ openSpool: open, submitter, clock, logger });
  context.onTestFinished(() => spool.close());
  return { spool, submitter, clock, logger, place, refused };
}

describe("the location of the result spool", () => {
  test("an unusable folder is logged as an error and retried", (context) => {
    const { spool, submitter, logger, place, refused } = setUp(context);
    refused.add(place("a").folder);
    spool.follow(place("a"));
    expect([spool.keep(result("x")), spool.jobs]).toEqual([false, undefined]);
    expect(logger.lines).toEqual(["error: no result spool, results wait in memory only: in use"]);
    refused.clear();
    spool.retry();
    expect([spool.keep(result("y")), submitter.texts]).toEqual([true, ["y"]]);
  });

  test("a new folder that is unusable at a reload: the old one stays in use until the new one is usable", (context) => {
    const { spool, submitter, logger, place, refused } = setUp(context);
    submitter.connected = false;
    spool.follow(place("a"));
    spool.keep(result("1"));
    refused.add(place("b").folder);
    spool.follow(place("b"));
    for (const text of ["2", "3"]) {
      expect(spool.keep(result(text))).toBe(true);
      spool.retry();
    }
    expect(logger.lines).toEqual([
      "error: cannot use the new result spool: in use; the old one stays in use",
    ]);
    refused.clear();
    spool.retry();
    spool.keep(result("4"));
    expect(openSpool(place("a")).length).toBe(0); // unlocked and empty
    expect(spool.jobs?.length).toBe(4);
    submitter.connected = true;
    spool.jobs?.retryNow();
    expect(submitter.texts).toEqual(["1", "2", "3", "4"]);
  });

  test("a new folder that is too small for the stored results is used once they fit", (context) => {
    const { spool, submitter, logger, place } = setUp(context);
    spool.follow(place("a"));
    submitter.connected = false;
    for (let count = 0; count < 100; count++) spool.keep(result("x".repeat(1000)));
    spool.follow(place("b", 65_536));
    spool.retry();
    expect(logger.lines).toEqual([
      "error: the results that wait do not fit the new result spool; the old one stays in use",
    ]);
    submitter.connected = true;
    spool.jobs?.retryNow();
    submitter.settleAll();
    spool.retry();
    expect(openSpool(place("a")).length).toBe(0);
    expect(spool.keep(result("y"))).toBe(true);
    expect(submitter.texts.at(-1)).toBe("y");
  });

  test("switched off: it is emptied and accepts no more; switched on again: the same spool continues", (context) => {
    const { spool, submitter, place } = setUp(context);
    spool.follow(place("a"));
    submitter.connected = false;
    spool.keep(result("1"));
    spool.follow(undefined);
    expect(spool.keep(result("2"))).toBe(false);
    spool.follow(place("a", 500_000));
    expect(spool.keep(result("3"))).toBe(true);
    submitter.connected = true;
    spool.jobs?.retryNow();
    expect(submitter.texts).toEqual(["1", "3"]);
  });
});
