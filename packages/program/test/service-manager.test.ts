import { ManualClock } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { type ServiceManager, serviceManager } from "../src/service-manager.ts";

interface Rig {
  readonly service: ServiceManager;
  readonly clock: ManualClock;
  readonly env: Record<string, string | undefined>;
  /** Texts for the socket `/run/notify`. */
  readonly sent: string[];
  readonly problems: string[];
  status: string;
  failure: string | undefined;
}

function started(given: Record<string, string>): Rig {
  const clock = new ManualClock();
  const env: Record<string, string | undefined> = { PATH: "/bin", ...given };
  const rig = { clock, env, sent: [] as string[], problems: [] as string[], status: "s", failure: undefined };
  const service = serviceManager({
    ...{ env, pid: 42, clock, monotonicMicros: () => 123n },
    send: (socket, text) => {
      expect(socket).toBe("/run/notify");
      rig.sent.push(text);
      return rig.failure;
    },
    onProblem: (reason) => rig.problems.push(reason),
  });
  return Object.assign(rig, { service });
}

const NOTIFY = { NOTIFY_SOCKET: "/run/notify" };
const WATCHED = { ...NOTIFY, WATCHDOG_USEC: "60000000", WATCHDOG_PID: "42" };

test.each([
  ["nothing", {}],
  ["an empty name", { NOTIFY_SOCKET: "" }],
])("%s in the environment: nothing is sent, no timer runs", async (_, env) => {
  const rig = started(env);
  const { service, clock, sent } = rig;
  service.starting("x");
  service.ready(() => rig.status);
  service.reloading();
  service.stopping();
  await clock.advance(3_600_000);
  expect(sent).toEqual([]);
});

test("children do not inherit the variables", () => {
  expect(started(WATCHED).env).toEqual({ PATH: "/bin" });
});

describe("ready", () => {
  test("comes with the status, then changes of the status after five seconds", async () => {
    const rig = started(NOTIFY);
    rig.service.ready(() => rig.status);
    expect(rig.sent).toEqual(["READY=1\nSTATUS=s"]);
    await rig.clock.advance(30_000);
    expect(rig.sent).toHaveLength(1);
    rig.status = "two\nlines";
    await rig.clock.advance(5000);
    expect(rig.sent.slice(1)).toEqual(["STATUS=two lines"]);
  });

  test("does not wait for the watchdog to tell a change", async () => {
    const rig = started(WATCHED);
    rig.service.ready(() => rig.status);
    rig.status = "connected";
    await rig.clock.advance(5000);
    expect(rig.sent.slice(1)).toEqual(["STATUS=connected"]);
  });

  test("feeds a watchdog of less time than that", async () => {
    const rig = started({ ...WATCHED, WATCHDOG_USEC: "1000000" });
    rig.service.ready(() => rig.status);
    await rig.clock.advance(1000);
    expect(rig.sent.slice(1)).toEqual(["WATCHDOG=1", "WATCHDOG=1"]);
  });

  test("feeds the watchdog at half of its time", async () => {
    const rig = started(WATCHED);
    rig.service.ready(() => rig.status);
    await rig.clock.advance(29_999);
    expect(rig.sent).toHaveLength(1);
    await rig.clock.advance(60_001);
    expect(rig.sent.slice(1)).toEqual(["WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"]);
  });

  test.each([
    ["of another process", { WATCHDOG_PID: "41" }],
    ["of no time", { WATCHDOG_USEC: "0" }],
    ["that is no number", { WATCHDOG_USEC: "x" }],
  ])("does not feed a watchdog %s", async (_, env) => {
    const rig = started({ ...WATCHED, ...env });
    rig.service.ready(() => rig.status);
    await rig.clock.advance(600_000);
    expect(rig.sent).toHaveLength(1);
  });
});

test("a start that takes long has more time, for a quarter of an hour", async () => {
  const rig = started(WATCHED);
  rig.service.starting("Reading the queue");
  expect(rig.sent).toEqual(["STATUS=Reading the queue"]);
  await rig.clock.advance(20_000);
  expect(rig.sent.slice(1)).toEqual(["EXTEND_TIMEOUT_USEC=30000000", "EXTEND_TIMEOUT_USEC=30000000"]);
  await rig.clock.advance(3_600_000);
  expect(rig.sent.filter((text) => text.startsWith("EXTEND"))).toHaveLength(89);
  const before = rig.sent.length;
  rig.service.ready(() => rig.status);
  await rig.clock.advance(30_000);
  expect(rig.sent.slice(before)).toEqual(["READY=1\nSTATUS=s", "WATCHDOG=1"]);
});

test("a reload begins with the time and ends with ready", async () => {
  const rig = started(WATCHED);
  rig.service.ready(() => rig.status);
  rig.service.reloading();
  rig.service.ready(() => rig.status);
  expect(rig.sent.slice(1)).toEqual(["RELOADING=1\nMONOTONIC_USEC=123", "READY=1"]);
  await rig.clock.advance(30_000);
  expect(rig.sent.slice(3)).toEqual(["WATCHDOG=1"]);
});

test("the end is announced once, and the watchdog is fed until then", async () => {
  const rig = started(WATCHED);
  rig.service.ready(() => rig.status);
  rig.service.stopping();
  rig.service.stopping();
  rig.service.ready(() => rig.status); // a reload that ends late
  rig.status = "other";
  await rig.clock.advance(30_000);
  expect(rig.sent.slice(1)).toEqual(["STOPPING=1\nSTATUS=Ending", "WATCHDOG=1"]);
});

test("why nothing can be sent is said once", async () => {
  const rig = started(WATCHED);
  rig.failure = "ENOENT";
  rig.service.ready(() => rig.status);
  await rig.clock.advance(300_000);
  expect(rig.problems).toEqual(["ENOENT"]);
});
