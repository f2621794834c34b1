import type { TracedCheck } from "@mod-gearman/observe";
import { CHECK_POINTS } from "@mod-gearman/observe";
import { describe, expect, test } from "vitest";
import { TraceWorld } from "./trace-world.ts";

const BASE = 1_700_000_000_000;
const OF_WORKER = [4, 5, 6, 7];
const BRIDGE = "--bridge=9419";

/** 10 ms at each hop, 500 more at hop `slow`. @param until number of points that are known */
function check(o: { slow?: number; ahead?: number; startMs?: number; until?: number } = {}): TracedCheck {
  const { slow = -1, ahead = 0, startMs = BASE, until = CHECK_POINTS.length } = o;
  const times = CHECK_POINTS.map((point, at) => {
    const ms =
      startMs + at * 10 + (at > slow && slow !== -1 ? 500 : 0) + (OF_WORKER.includes(at) ? ahead : 0);
    return [point, at < until ? ms : null];
  });
  const isFinished = until > 8;
  return {
    ...{ host: "web01", service: "HTTP", queue: "service", unique: "u" },
    worker: isFinished ? "w1" : null,
    state: isFinished ? 2 : null,
    timesMs: Object.fromEntries(times) as TracedCheck["timesMs"],
    clockDifferenceMs: isFinished ? ahead : null,
  };
}

describe("500 ms at a hop", () => {
  const hops = ["core", "handover", "submit", "wait", "start", "plugin", "send", "return", "apply"];
  test.for(hops.flatMap((hop, at) => [0, 90_000, -90_000].map((ahead) => [hop, at, ahead] as const)))(
    "%s (%i) are the largest hop, worker's clock %i ms ahead",
    async ([hop, slow, ahead]) => {
      const world = new TraceWorld();
      let asked = 0;
      world.checks = () => (asked++ < 2 ? [] : [check({ slow, ahead })]);
      expect(await world.run(BRIDGE, "web01", "HTTP")).toBe(0);
      expect(world.out).toContain(
        `TRACE OK - web01 HTTP took 590 ms, most of it ${hop}: 510 ms|total=0.590s`,
      );
      expect(world.out.split("\n").filter((line) => line.startsWith("*"))).toEqual([
        expect.stringMatching(new RegExp(`^\\* ${hop} +510 ms `)),
      ]);
    },
  );
});

test("a finished run is not the next one; one that is under way is followed to its end", async () => {
  const world = new TraceWorld();
  const former = check({ startMs: BASE - 60_000 });
  const answers = [
    [check({ until: 4 }), former],
    [check({ until: 4 }), former],
    [check({ until: 9 }), former],
  ];
  world.checks = () => answers.shift() ?? [check(), former];
  expect(await world.run(BRIDGE, "web01", "HTTP")).toBe(0);
  expect(answers).toEqual([]);
  expect(world.out).toContain("web01 HTTP took 90 ms");
  expect(world.out).toContain("queue service, worker w1, result CRITICAL\n");
  expect(world.urls[0]).toBe("http://127.0.0.1:9419/api/checks?host=web01&service=HTTP");
});

describe("--now", () => {
  test.for<[service: string[], command: string]>([
    [["HTTP"], "SCHEDULE_FORCED_SVC_CHECK;web01;HTTP"],
    [[], "SCHEDULE_FORCED_HOST_CHECK;web01"],
  ])("%j asks the core, and follows that run", async ([service, command]) => {
    const world = new TraceWorld();
    world.clock.setTimeOfDay(BASE);
    world.texts["/etc/naemon/naemon.cfg"] = "command_file=first\ncommand_file = ../var/naemon.cmd\n";
    const underWay = check({ startMs: BASE - 60_000, until: 4 });
    world.checks = () => (world.written.length === 0 ? [underWay] : [check(), underWay]);
    expect(await world.run(BRIDGE, "--now", "web01", ...service)).toBe(0);
    const second = Math.trunc((BASE + 1_000_000) / 1000);
    expect(world.written).toEqual([["/etc/var/naemon.cmd", `[${second}] ${command};${second}\n`]]);
  });

  test("without a command file is UNKNOWN, and so is a name that ends the command", async () => {
    const world = new TraceWorld();
    expect(await world.run(BRIDGE, "--now", "web01")).toBe(3);
    expect(world.out).toMatch(
      /^TRACE UNKNOWN - no configuration file of a core names no command_file: give --command-file=PATH\n/,
    );
    expect(await world.run(BRIDGE, "--now", "--command-file=/c", "web01;x")).toBe(3);
    expect(world.written).toEqual([]);
  });
});

test("not in time: CRITICAL, and where it is", async () => {
  const world = new TraceWorld();
  world.checks = () => [check({ until: 4 })];
  expect(await world.run(BRIDGE, "-t", "2", "web01", "HTTP")).toBe(2);
  expect(world.out).toContain(
    "TRACE CRITICAL - web01 HTTP has not finished within 2 s, its job waits in queue service, or runs\n",
  );
  world.out = "";
  world.checks = () => [];
  expect(await world.run(BRIDGE, "-t", "2", "web01")).toBe(2);
  expect(world.out).toBe("TRACE CRITICAL - web01 was not started within 2 s\n");
});

test("--json has the hops, the largest one marked, and the check", async () => {
  const world = new TraceWorld();
  world.checks = () => (world.urls.length < 2 ? [] : [check({ slow: 3, ahead: 90_000 })]);
  expect(await world.run(BRIDGE, "--json", "web01", "HTTP")).toBe(0);
  const result = JSON.parse(world.out);
  expect(result).toMatchObject({ host: "web01", service: "HTTP", isFinished: true, totalMs: 590 });
  expect(result.check.clockDifferenceMs).toBe(90_000);
  expect(result.hops.filter((one: { isLargest: boolean }) => one.isLargest)).toEqual([
    { hop: "wait", from: "queued", to: "grabbed", ms: 510, isLargest: true },
  ]);
});

describe("where the bridge is", () => {
  test.for<[conf: string, args: string[], url: string]>([
    ["admin_listen=9419", [], "http://127.0.0.1:9419/"],
    ["admin-listen=*:9419", [], "http://127.0.0.1:9419/"],
    ["admin_listen=[::1]:9419", [], "http://[::1]:9419/"],
    ["admin_listen=1", ["--bridge=http://proxy/site/gearman"], "http://proxy/site/gearman/"],
  ])("%s %j", async ([conf, args, url]) => {
    const world = new TraceWorld();
    world.texts["/etc/mod_gearman/module.conf"] = `server=localhost\nencryption=no\n${conf}\n`;
    world.checks = () => (world.urls.length < 2 ? [] : [check()]);
    expect(await world.run(...args, "web01", "HTTP")).toBe(0);
    expect(world.urls[0]).toBe(`${url}api/checks?host=web01&service=HTTP`);
  });

  test.for<[conf: string | undefined, args: string[], reason: RegExp]>([
    [undefined, [], /no configuration file of the module found/],
    ["hosts=yes", [], /module.conf has no admin_listen/],
    ["admin_listen=nowhere", [], /nowhere is neither HOST:PORT nor an address/],
    [undefined, ["--module-config=/none"], /\/none: .*give --bridge/],
  ])("%s %j is UNKNOWN", async ([conf, args, reason]) => {
    const world = new TraceWorld();
    if (conf !== undefined)
      world.texts["/etc/mod_gearman/module.conf"] = `server=localhost\nencryption=no\n${conf}\n`;
    expect(await world.run(...args, "web01")).toBe(3);
    expect(world.out).toMatch(/^TRACE UNKNOWN - /);
    expect(world.out).toMatch(reason);
  });

  test("one that answers with something else is UNKNOWN", async () => {
    const world = new TraceWorld();
    world.checks = () => [{} as TracedCheck];
    expect(await world.run(BRIDGE, "web01")).toBe(3);
    expect(world.out).toContain(
      "the bridge at http://127.0.0.1:9419/ cannot be asked: it answers with something else than checks",
    );
  });
});

test("names from outside cannot write to the terminal or into the performance data", async () => {
  const world = new TraceWorld();
  world.checks = () => (world.urls.length < 2 ? [] : [{ ...check(), queue: "\u001b[2J", worker: "a|b" }]);
  await world.run(BRIDGE, "web01", "HTTP");
  expect(world.out).toContain("queue ?[2J, worker a?b");
});

test("a worker without times of its own: the hops around it, and how to get them", async () => {
  const world = new TraceWorld();
  const full = check();
  const timesMs = { ...full.timesMs, grabbed: null, sent: null };
  world.checks = () => (world.urls.length < 2 ? [] : [{ ...full, timesMs }]);
  await world.run(BRIDGE, "web01", "HTTP");
  expect(world.out).toMatch(/wait +20 ms {2}queued -> started/);
  expect(world.out).toContain("worker_times=yes");
});

test("help, version, wrong arguments and no host: 3; a third word is a warning", async () => {
  const world = new TraceWorld();
  expect(await world.run("--help")).toBe(3);
  expect(await world.run("--version")).toBe(3);
  expect(world.out).toContain("mod_gearman_trace: version 1.2.3 running on node 24\n");
  expect(await world.run()).toBe(3);
  expect(world.out).toContain("Error - the name of a host is needed");
  expect(await world.run("--nonsense", "web01")).toBe(3);
  world.checks = () => (world.urls.length < 2 ? [] : [check()]);
  expect(await world.run(BRIDGE, "web01", "HTTP", "more")).toBe(0);
  expect(world.err).toContain("'more' is not an option, ignored");
});

describe("which form each hop speaks", () => {
  const run = async (...args: string[]): Promise<TraceWorld> => {
    const world = new TraceWorld();
    world.texts["/other.conf"] = "server=h\nkey=x\nadmin_listen=9419\n";
    world.texts["/broken.conf"] = "key=x\n";
    let asked = 0;
    world.checks = () => (asked++ < 1 ? [] : [check()]);
    await world.run(BRIDGE, ...args, "web01", "HTTP");
    return world;
  };

  test("is said as the configuration of the module has it", async () => {
    const { out } = await run("--module-config=/other.conf");
    expect(out).toMatch(
      /clock of .*[\s\S]*\nHops:\n {2}jobs to workers: in the legacy form, under the shared key\n/,
    );
    const json = JSON.parse((await run("--json", "--module-config=/other.conf")).out);
    expect(json.forms[0]).toBe("jobs to workers: in the legacy form, under the shared key");
  });

  test.for([["--module-config=/broken.conf"], []])("is not where that cannot be read: %j", async (args) => {
    const { out } = await run(...args);
    expect(out).toContain("TRACE OK");
    expect(out).not.toContain("Hops:");
  });
});
