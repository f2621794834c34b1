import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { moduleTable, nodeFiles, optionsOf } from "@mod-gearman/config";
import { printMasterFile } from "@mod-gearman/crypto";
import { loadBridge } from "@mod-gearman/program";
import { type TestContext, tmpFolder } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";

import { run } from "../src/run.ts";
import type { World } from "../src/world.ts";

interface Checked {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** `--check-config` of a module.conf with these lines. Lines with FOLDER name the folder that it is in. */
async function check(context: TestContext, lines: string[], mode = 0o600): Promise<Checked> {
  const folder = tmpFolder(context);
  const file = join(folder, "module.conf");
  writeFileSync(file, `${lines.join("\n").replaceAll("FOLDER", folder)}\n`, { mode });
  chmodSync(file, mode);
  const out: string[] = [];
  const err: string[] = [];
  const world = {
    files: nodeFiles,
    workingFolder: "/",
    print: (text: string) => out.push(text),
    printError: (text: string) => err.push(text),
    hasLogger: () => false,
    logFileProblem: (path: string) => (path.endsWith("/never.log") ? "EACCES: permission denied" : undefined),
    argv: ["--check-config", `--config=${file}`],
  };
  const code = await run(world as unknown as World);
  const shown = (texts: string[]): string => texts.join("\n").replaceAll(folder, "FOLDER");
  return { code, out: shown(out), err: shown(err) };
}

const USABLE = ["server=localhost", "encryption=no"];

test("one that is complete: exit code 0, every option of module and bridge with its value and place", async (context) => {
  const { code, out, err } = await check(context, [...USABLE, "hostgroups=a,b", "orphan_return=3"]);
  expect([code, err]).toEqual([0, ""]);
  expect(out).toMatch(/ orphan_return +=.* 3 +\(FOLDER\/module\.conf:4\)/);
  expect(out).toMatch(/ hostgroups +=.* a,\s?b +\(FOLDER\/module\.conf:3\)/);
  const names = optionsOf(moduleTable).map(({ option }) => option);
  expect(names.filter((name) => !new RegExp(`^ +${name} +=`, "m").test(out))).toEqual([]);
  expect(names.length).toBeGreaterThan(40);
});

test("which events the core has to raise", async (context) => {
  const { out } = await check(context, [
    ...USABLE,
    "eventhandler=yes",
    "notifications=yes",
    "export=q:0:NEBCALLBACK_LOG_DATA",
  ]);
  expect(out.split("\n")[0]).toBe(
    "The core needs event_broker_options=-1, or at least 125: BROKER_PROGRAM_STATE (1), BROKER_SERVICE_CHECKS (4), " +
      "BROKER_HOST_CHECKS (8), BROKER_EVENT_HANDLERS (16), BROKER_LOGGED_DATA (32), BROKER_NOTIFICATIONS (64).",
  );
});

describe("what makes it unusable: exit code 2 and the reason", () => {
  test.for<[lines: string[], reason: string]>([
    [["encryption=no"], "please specify at least one server"],
    [["server=localhost"], "no encryption key provided, please use --key=... or keyfile=..."],
    [
      ["server=localhost", "keyfile=FOLDER/none"],
      "could not open file: FOLDER/none: No such file or directory",
    ],
    [
      [...USABLE, "config=FOLDER/none.conf"],
      "could not open file: FOLDER/none.conf: No such file or directory",
    ],
    [[...USABLE, "config=FOLDER/module.conf"], "deep recursion in config files!"],
    [[...USABLE, "returncode=7"], "returncode"],
    [[...USABLE, `result_queue=${"q".repeat(512)}`], "result_queue has 512 bytes"],
    [
      [...USABLE, `hostgroups=${Array.from({ length: 10_001 }, (_, at) => at).join(",")}`],
      "name 10001 groups",
    ],
  ])("%j", async ([lines, reason], context) => {
    const { code, err } = await check(context, lines);
    expect(code).toBe(2);
    expect(err).toContain(reason);
  });

  test("an empty key file", async (context) => {
    const empty = join(tmpFolder(context), "key");
    writeFileSync(empty, "");
    const { code, err } = await check(context, ["server=localhost", `keyfile=${empty}`]);
    expect(code).toBe(2);
    expect(err).toContain(empty);
  });

  test("a folder without a usable file in it", async (context) => {
    const folder = join(tmpFolder(context), "conf.d");
    mkdirSync(folder);
    const { code, err } = await check(context, [`config=${folder}`]);
    expect(code).toBe(2);
    expect(err).toContain("please specify at least one server");
  });
});

describe("what is replaced or has no effect: exit code 0 and a warning", () => {
  test.for<[line: string, warning: string]>([
    ["orphan_return=7", "Warning: unknown orphan_return: 7"],
    ["perfdata_mode=9", "Warning: unknown perfdata_mode: 9"],
    ["logmode=nowhere", "unknown log mode 'nowhere'"],
    ["logmode=syslog", "logmode syslog has no effect"],
    ["nonsense=1", "unknown option 'nonsense'"],
    ["server=a:99999999", "99999999"],
    ["debug=verbose", "debug: 'verbose' is not a number"],
    ["result_workers=1000", "result_workers: 1000 is not a number from 0 to 100"],
    ["log_stats_interval=99999999999", "seconds are too many"],
    ["checks_when_away=perhaps", "unknown checks_when_away: perhaps, using hold"],
    ["export=q:0:NEBCALLBACK_NOTHING", "unknown nebcallback : NEBCALLBACK_NOTHING"],
    [`hostgroups=${"g".repeat(600)}`, "is too long"],
    ["hostgroups=$GROUPS$", "looks like a template"],
    ["prometheus_server=nowhere", "metrics are not served at nowhere: it is not HOST:PORT"],
    ["admin-listen=nowhere", "pages are not served at nowhere: it is not HOST:PORT"],
    ["bridge_command=/x", "bridge_command has no effect here"],
    ["result_queue=", "result_queue: the value is empty"],
    [
      "logfile=/var/log/never.log",
      "error opening logfile: /var/log/never.log: EACCES: permission denied; the core's log is used",
    ],
  ])("%s", async ([line, warning], context) => {
    const { code, out } = await check(context, [...USABLE, line]);
    expect(code).toBe(0);
    expect(out.slice(out.indexOf("Warnings: "))).toContain(warning);
  });

  test("a log file that is not used, or can be written, is not mentioned", async (context) => {
    for (const lines of [["logfile=/var/log/never.log", "logmode=core"], ["logfile=/var/log/fine.log"]]) {
      const { out } = await check(context, [...USABLE, ...lines]);
      expect(out).not.toContain("error opening logfile");
    }
  });

  test("a short key, in a file that every user may read, never shown", async (context) => {
    const { code, out } = await check(context, ["server=localhost", "key=short-key"], 0o644);
    expect(code).toBe(0);
    expect(out).toContain("every user may read FOLDER/module.conf, which holds a key (mode 0644)");
    expect(out).toContain("encryption key is shorter than 16 bytes");
    expect(out).not.toContain("short-key");
  });
});

test("the bridge's own arguments are checked too", () =>
  expect(() => loadBridge(["--check-config", "--core-pid=0"], nodeFiles)).toThrow("not a process id"));

describe("says which form each hop speaks", () => {
  test.for<[lines: string[], said: RegExp[], unsaid: RegExp]>([
    [[], [], /envelope:|envelope_identities_file is/],
    [
      ["envelope=v2", "envelope_master_file=FOLDER/master", "perfdata=yes"],
      [
        /envelope: all jobs are sealed \(v2\), and results in the legacy form are refused/,
        /envelope_identities_file is not set: every worker is taken for every queue, no sender is/,
        /performance data and exports are in the legacy form/,
      ],
      /no queue is sealed/,
    ],
    [
      ["envelope=both", "envelope_master_file=FOLDER/master"],
      [/envelope: no queue is sealed: envelope_queues names none/],
      /performance data/,
    ],
    [
      [
        "envelope=both",
        "envelope_master_file=FOLDER/master",
        "envelope_identities_file=FOLDER/list",
        "envelope_queues=service,tenant_*",
      ],
      [
        /envelope: jobs of these queues are sealed \(v2\): service, tenant_\*; others, and their results, are in the legacy form/,
      ],
      /is not set/,
    ],
    [
      [
        "envelope=both",
        "envelope_master_file=FOLDER/master",
        "envelope_queues=service",
        "sticky_plugins=check_log",
      ],
      [/services of sticky_plugins in sealed queues stay there: envelope_queues names no queue sticky_…/],
      /performance data/,
    ],
    [
      [
        "envelope=both",
        "envelope_master_file=FOLDER/master",
        "envelope_queues=s*",
        "sticky_plugins=check_log",
      ],
      [/jobs of these queues are sealed \(v2\): s\*/],
      /stay there/,
    ],
  ])("%j", async ([lines, said, unsaid], context) => {
    const folder = tmpFolder(context);
    writeFileSync(join(folder, "master"), printMasterFile({ secret: Buffer.alloc(32, 1), epochs: [1] }), {
      mode: 0o600,
    });
    writeFileSync(join(folder, "list"), "worker w1 service\n");
    const { code, out } = await check(context, [
      ...USABLE,
      ...lines.map((line) => line.replace("=FOLDER/", `=${folder}/`)),
    ]);
    expect(code).toBe(0);
    for (const text of said) expect(out).toMatch(text);
    expect(out).not.toMatch(unsaid);
    expect(out).not.toContain("0101");
  });
});

describe("how machines are enrolled", () => {
  const MASTER = ["envelope=v2", "envelope_master_file=FOLDER/master"];
  const LIST = "envelope_identities_file=FOLDER/identities";
  test.for<[lines: string[], said: RegExp]>([
    [["enroll_dir=FOLDER"], /enroll_dir has no effect without/],
    [[...MASTER, "enroll_dir=FOLDER"], /enroll_dir has no effect without/],
    [[...MASTER, LIST, "enroll_dir=FOLDER/none"], /enroll_dir: FOLDER\/none is no folder/],
    [
      [...MASTER, LIST, "enroll_dir=FOLDER/open"],
      /enroll_dir: every user may write FOLDER\/open \(mode 0777\), so no ticket is redeemed/,
    ],
    [
      [...MASTER, LIST, "enroll_dir=FOLDER", "enroll_queue=keys"],
      /machines get their keys over queue keys, an alarm is a line/,
    ],
    [
      [...MASTER, LIST, "enroll_dir=FOLDER", "enroll_alarm_host=core"],
      /machines get their keys over queue mod_gearman_enroll\n/,
    ],
  ])("%j", async ([lines, said], context) => {
    const folder = tmpFolder(context);
    writeFileSync(join(folder, "master"), printMasterFile({ secret: Buffer.alloc(32), epochs: [1] }), {
      mode: 0o600,
    });
    writeFileSync(join(folder, "identities"), "end\n");
    mkdirSync(join(folder, "open"));
    chmodSync(join(folder, "open"), 0o777);
    const own = lines.map((line) => line.replaceAll("FOLDER", folder));
    const { code, out } = await check(context, [...USABLE, ...own]);
    expect(code).toBe(0);
    expect(`${out.replaceAll(folder, "FOLDER")}\n`).toMatch(said);
  });
});
