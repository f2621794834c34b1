import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FakeJobServer, ManualClock, tmpFolder } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { describeCounts, openDelivery, type SenderSettings } from "../src/sender-delivery.ts";
import type { SpooledJobs } from "../src/spooled-jobs.ts";
import { spoolAccess } from "../src/store-access.ts";
import { accepting, byHost, first, job } from "./fixtures.ts";

const settings: SenderSettings = {
  servers: [first],
  dupservers: [],
  gearmanConnectionTimeoutMs: 5000,
  retries: 0,
  retryIntervalSeconds: 1,
  spoolMaxBytes: 1000,
};

function open(more: Partial<SenderSettings>, server = new FakeJobServer(accepting())) {
  const clock = new ManualClock();
  const problems: string[] = [];
  const asked: [string, number][] = [];
  const delivery = openDelivery(
    { ...settings, ...more },
    {
      clock,
      printError: (line) => problems.push(line),
      store: (folder, maxBytes) => {
        asked.push([folder, maxBytes]);
        return { hasRecords: () => false, open: () => Promise.reject(new Error("no room")) };
      },
      duplex: byHost({ first: server }),
    },
  );
  return { clock, delivery, problems, asked };
}

describe("openDelivery", () => {
  test("connects immediately and delivers", async () => {
    const server = new FakeJobServer(accepting());
    const { delivery, asked } = open({}, server);
    await server.connection();
    delivery.add(job("a"));
    expect(await delivery.finish()).toMatchObject({ sent: 1 });
    expect(asked).toEqual([]);
  });

  test.for([
    [700, 700],
    [0, Number.POSITIVE_INFINITY], // no limit
  ] as const)("a time limit of %i ms", ([gearmanConnectionTimeoutMs, expectedMs]) => {
    expect(open({ gearmanConnectionTimeoutMs }).clock.nextInMs).toBe(expectedMs); // time of the connection attempt
  });

  test("jobs that cannot be kept in the spool fail", async () => {
    const refusing = new FakeJobServer({});
    refusing.mode = "refuse";
    const { delivery, problems, asked } = open({ spool: "/spool" }, refusing);
    delivery.add(job("a"));
    expect(await delivery.finish()).toMatchObject({ failed: 1 });
    expect(asked).toEqual([["/spool", 1000]]);
    expect(problems).toEqual([
      expect.stringMatching(/^sending job to gearmand failed: GEARMAN_COULD_NOT_CONNECT/),
      "cannot use the spool: no room",
    ]);
  });
});

describe("describeCounts", () => {
  const none = { sent: 0, kept: 0, failed: 0, sentEarlier: 0, copiesFailed: 0 };

  test("no line when all were sent", () => {
    expect(describeCounts({ ...none, sent: 5 }, 0, undefined)).toEqual([]);
  });

  test("a line for everything else", () => {
    const counts = { sent: 1, kept: 2, failed: 3, sentEarlier: 4, copiesFailed: 5 };
    expect(describeCounts(counts, 6, "/spool")).toEqual([
      "4 result(s) kept by an earlier call were sent",
      "2 result(s) kept in /spool until a server is there",
      "5 copies for duplicate servers failed",
      "1 sent, 2 kept, 6 skipped, 3 failed",
    ]);
    expect(describeCounts({ ...none, sent: 1 }, 1, undefined)).toEqual([
      "1 sent, 0 kept, 1 skipped, 0 failed",
    ]);
  });
});

test("the spool of a folder has records if it has segment files; the folder may be missing", (context) => {
  const folder = join(tmpFolder(context), "spool");
  const access = spoolAccess(folder, () => Promise.reject<SpooledJobs>(new Error("not asked for")));
  expect(access.hasRecords()).toBe(false);
  mkdirSync(folder);
  writeFileSync(join(folder, "lock"), "");
  expect(access.hasRecords()).toBe(false);
  writeFileSync(join(folder, "0000000000000001.spool"), "");
  expect(access.hasRecords()).toBe(true);
});
