// @module-tag slow
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { FAMILIES, type Snapshot } from "../../apps/gearmand/src/metric-families.ts";
import { BridgeCounts } from "../../apps/neb-bridge/src/bridge-counts.ts";
import type { BridgeFigures } from "../../apps/neb-bridge/src/bridge-figures.ts";
import { BridgeMetrics } from "../../apps/neb-bridge/src/bridge-metrics.ts";
import { Enrolments } from "../../apps/neb-bridge/src/enrolments.ts";
import type { WorkerFigures } from "../../apps/worker/src/metrics.ts";
import { WorkerMetrics } from "../../apps/worker/src/worker-metrics.ts";
import { nullLogger } from "../../packages/base/src/logger.ts";
import { Counts } from "../../packages/server/src/core/counts.ts";
import { ROOT, read } from "../src/repository.ts";

const FOLDER = join(ROOT, "docs/monitoring");
const RULES = "docs/monitoring/prometheus-rules.yml";
const OBJECTS = ["mod-gearman.cfg", "mod-gearman-site.cfg"];

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
}

interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string }[] };
}

const dashboard = JSON.parse(read("docs/monitoring/grafana-dashboard.json")) as Dashboard;
const expressions = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
const variables = dashboard.templating.list;

/** Names of what a text with metrics declares; a histogram or summary has three more. */
function declaredIn(text: string): string[] {
  return [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = "", kind]) =>
    kind === "histogram" || kind === "summary"
      ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`]
      : [name],
  );
}

/** What bridge and worker print before anything has happened. */
async function idleTexts(): Promise<string> {
  const bridgeFigures: BridgeFigures = {
    version: "1",
    isCoreAttached: true,
    jobServers: [],
    eventsWaiting: 0,
    checks: { inFlight: 0, oldestSeconds: 0, unwatched: 0, lost: 0, moved: 0, repeated: 0 },
    results: { held: 0, repeated: 0, second: 0, discarded: 0 },
    counts: new BridgeCounts(),
    refused: new Map(),
    jobIds: { remembered: 0, forgotten: 0 },
    enrolments: new Enrolments({ monotonicMs: () => 0 }, nullLogger),
  };
  const bridge = await new BridgeMetrics(() => bridgeFigures).print(false);
  const workerFigures: WorkerFigures = {
    ...{ version: "1", identifier: "w", total: 0, busy: 0, ballooning: 0, unkillable: 0 },
    ...{ suspects: 0, refused: 0, withheld: 0, unproven: new Map() },
    results: { main: 0, dups: [], sent: 0, dropped: 0 },
  };
  const worker = await new WorkerMetrics(() => workerFigures).print(false);
  return `${bridge.text}\n${worker.text}`;
}

async function printedMetrics(): Promise<Set<string>> {
  const server = FAMILIES.map(({ name }) => `gearman_${name}`);
  return new Set([...server, ...declaredIn(await idleTexts())]);
}

/** Names with a value in the metrics of a job server that has no function. */
function idleServerMetrics(): string[] {
  const { dropped, rejected } = new Counts();
  const denied = { announce: 0, submit: 0, admin: 0 };
  const totals = { dropped, rejected, denied, closed: {} } as unknown as Snapshot["totals"];
  const idle: Snapshot = { version: "1", isUp: true, totals, functions: [], omitted: 0 };
  return FAMILIES.filter(({ rows }) => rows(idle).length > 0).map(({ name }) => `gearman_${name}`);
}

/** What an expression or a text of rules names, labels apart. */
function metricsIn(text: string): string[] {
  const names = text
    .replace(/"[^"]*"|\{\{[^}]*\}\}/g, "")
    .match(/\b(?:modgearman\w+|gearman_\w+|process_\w+)/g);
  return [...new Set(names ?? [])];
}

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), "mod-gearman-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("every metric of rules, dashboard and its variables is printed by one of the programs", async () => {
  const printed = await printedMetrics();
  const ruleTexts = [...read(RULES).matchAll(/^ +expr: (.+)$/gm)].map(([, expr = ""]) => expr);
  const used = [...ruleTexts, ...expressions, ...variables.map(({ query }) => query)].flatMap(metricsIn);
  expect(new Set(used).size).toBeGreaterThan(30);
  expect(used.filter((name) => !printed.has(name))).toEqual([]);
});

test("what an alert counts is printed as 0 before: the first event of a series that begins with it is no increase", async () => {
  const counted = [...read(RULES).matchAll(/\bincrease\((\w+)/g)].map(([, name = ""]) => name);
  expect(counted.length).toBeGreaterThan(10);
  const programs = [...(await idleTexts()).matchAll(/^(\w+)(?:\{.*\})? 0$/gm)].map(([, name = ""]) => name);
  const printed = new Set([...programs, ...idleServerMetrics()]);
  expect(counted.filter((name) => !printed.has(name))).toEqual([]);
});

test("promtool takes the rules, and the expressions of the dashboard as rules", () => {
  const check = (file: string): string =>
    execFileSync("promtool", ["check", "rules", file], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  expect(check(join(ROOT, RULES))).toMatch(/SUCCESS: \d\d rules found/);
  const file = join(scratch(), "dashboard.yml");
  const records = expressions.map((expr, at) => ({ record: `panel:${at}`, expr }));
  writeFileSync(file, JSON.stringify({ groups: [{ name: "dashboard", rules: records }] }));
  expect(check(file)).toContain(`SUCCESS: ${expressions.length} rules found`);
});

const series = (name: string, values: string) => ({ series: name, values });
const alert = (alertname: string, minutes: string, exp_alerts: object[] = []) => ({
  ...{ alertname, eval_time: minutes, exp_alerts },
});

/** An alert with its labels, its texts as the rules have them. */
function expected(name: string, severity: string, labels: Record<string, string>, value = "") {
  const [, rule = ""] = new RegExp(`alert: ${name}\n([\\s\\S]*?)(?:- alert|$)`).exec(read(RULES)) ?? [];
  const text = (key: string): string =>
    (new RegExp(`${key}: "(.+)"$`, "m").exec(rule)?.[1] ?? "")
      .replace(/\{\{ \$labels\.(\w+) \}\}/g, (_all, label: string) => labels[label] ?? "")
      .replace("{{ $value | humanize }}", value);
  const exp_annotations = { summary: text("summary"), description: text("description") };
  return { exp_labels: { severity, ...labels }, exp_annotations };
}

/** `promtool` evaluates the rules over these series, one value a minute. */
function expectAlerts(input_series: object[], alert_rule_test: object[]): void {
  const file = join(scratch(), "test.yml");
  const tests = [{ interval: "1m", input_series, alert_rule_test }];
  writeFileSync(file, JSON.stringify({ rule_files: [join(ROOT, RULES)], tests }));
  const { status, stdout, stderr } = spawnSync("promtool", ["test", "rules", file], { encoding: "utf8" });
  expect(`${stdout}${stderr}`).toContain("SUCCESS");
  expect(status).toBe(0);
}

test("a paused queue and a slow hop are alerts after their time, and healthy ones are none", () => {
  const labels = 'instance="a", queue="service", hop="wait"';
  const bucket = (le: string, more: string) =>
    `modgearmanbridge_check_hop_seconds_bucket{${more}, le="${le}"}`;
  const fast = labels.replace("wait", "send");
  const paused = expected("GearmanQueuePaused", "warning", { instance: "a", function: "service" });
  const slow = expected("ModGearmanHopSlow", "warning", { instance: "a", queue: "service", hop: "wait" });
  expectAlerts(
    [
      series('gearman_queue_paused{instance="a", function="service"}', "1x60"),
      series('gearman_queue_paused{instance="a", function="host"}', "0x60"),
      series(bucket("10", labels), "0x60"),
      series(bucket("+Inf", labels), "0+10x60"),
      series(bucket("10", fast), "0+10x60"),
      series(bucket("+Inf", fast), "0+10x60"),
    ],
    [
      alert("GearmanQueuePaused", "29m"),
      alert("GearmanQueuePaused", "31m", [paused]),
      alert("ModGearmanHopSlow", "14m"),
      alert("ModGearmanHopSlow", "40m", [slow]),
    ],
  );
});

test("one job under another key is an alert, copies and late ones are none; each ticket redeemed twice is one", () => {
  const jobs = (reason: string) => `modgearmanworker_jobs_unproven_total{instance="w", reason="${reason}"}`;
  const tickets = (instance: string) => `modgearmanbridge_enroll_alarms_total{instance="${instance}"}`;
  const unproven = { instance: "w", reason: "unknown_key" };
  expectAlerts(
    [
      series(jobs("unknown_key"), "0x19 1x60"),
      ...["replayed", "out_of_time"].map((reason) => series(jobs(reason), "0x19 5x60")),
      series(tickets("a"), "0x19 1x100"),
      series(tickets("b"), "3x120"),
    ],
    [
      alert("ModGearmanJobsUnproven", "19m"),
      alert("ModGearmanJobsUnproven", "25m", [expected("ModGearmanJobsUnproven", "critical", unproven, "1")]),
      alert("ModGearmanJobsUnproven", "50m"),
      alert("ModGearmanTicketRedeemedTwice", "19m"),
      alert("ModGearmanTicketRedeemedTwice", "70m", [
        expected("ModGearmanTicketRedeemedTwice", "critical", { instance: "a" }),
      ]),
      alert("ModGearmanTicketRedeemedTwice", "100m"),
    ],
  );
});

test("the first refusal of a reason, and the first drop, is an alert", () => {
  const refused = 'modgearmanbridge_results_refused_total{instance="a", reason="not_authentic"}';
  const dropped = 'gearman_server_jobs_dropped_total{instance="a", reason="age"}';
  const one = (name: string, severity: string, reason: string) =>
    alert(name, "25m", [expected(name, severity, { instance: "a", reason }, "1")]);
  expectAlerts(
    [series(refused, "0x19 1x60"), series(dropped, "0x19 1x60")],
    [
      alert("ModGearmanResultsRefused", "19m"),
      one("ModGearmanResultsRefused", "critical", "not_authentic"),
      one("GearmanJobsDropped", "warning", "age"),
    ],
  );
});

test("an alert has a name of its own, and says how bad it is and what happened", () => {
  const text = read(RULES);
  const alerts = [...text.matchAll(/^ +- alert: (\w+)$/gm)].map(([, name]) => name);
  expect(new Set(alerts).size).toBe(alerts.length);
  for (const key of [/^ +labels: \{ severity: (?:warning|critical) \}$/gm, /^ +summary: ".+"$/gm])
    expect(text.match(key)).toHaveLength(alerts.length);
});

test("the dashboard is complete: panels apart from each other, queries, variables that are used", () => {
  expect(dashboard).toMatchObject({ uid: "mod-gearman-ts", title: "Mod-Gearman" });
  expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(36);
  const { panels } = dashboard;
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, at) => `${x + (at % w)} ${y + Math.floor(at / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  for (const { type, title, gridPos, targets = [] } of panels) {
    expect(title).not.toBe("");
    expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
    expect(targets.length > 0, title).toBe(type !== "row");
    expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
  }
  const text = JSON.stringify(panels);
  for (const { name } of variables) expect(text).toMatch(new RegExp(`\\$\\{?${name}\\b`));
});

test("nagios4 takes the objects, the example of a site included", () => {
  const folder = scratch();
  mkdirSync(join(folder, "checkresults"));
  for (const name of OBJECTS) copyFileSync(join(FOLDER, name), join(folder, name));
  writeFileSync(
    join(folder, "others.cfg"),
    `define timeperiod {\n  timeperiod_name 24x7\n  alias always\n${["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"].map((day) => `  ${day} 00:00-24:00\n`).join("")}}
define command {\n  command_name notify\n  command_line /bin/true\n}
define contact {\n  contact_name admin\n  host_notification_period 24x7\n  service_notification_period 24x7\n  host_notification_commands notify\n  service_notification_commands notify\n  host_notification_options d,u,r\n  service_notification_options w,u,c,r\n}
define contactgroup {\n  contactgroup_name admins\n  alias admins\n  members admin\n}\n`,
  );
  const paths = ["log_file", "object_cache_file", "status_file", "temp_file", "lock_file", "command_file"];
  const lines = [
    ...[...OBJECTS, "others.cfg"].map((name) => `cfg_file=${join(folder, name)}`),
    ...paths.map((key) => `${key}=${join(folder, key)}`),
    `temp_path=${folder}`,
    `check_result_path=${join(folder, "checkresults")}`,
    "illegal_macro_output_chars=`~$&|'\"<>",
  ];
  writeFileSync(join(folder, "nagios.cfg"), `${lines.join("\n")}\n`);
  for (const name of ["", "checkresults"]) chmodSync(join(folder, name), 0o777); // it gives up root
  const { status, stdout } = spawnSync("nagios4", ["-v", join(folder, "nagios.cfg")], { encoding: "utf8" });
  expect(stdout).toMatch(/Total Warnings: 0\nTotal Errors:\s+0/);
  expect(status).toBe(0);
});

test("the commands have options that the programs know", () => {
  const lines = [...read("docs/monitoring/mod-gearman.cfg").matchAll(/^ +command_line +(\S+) (.+)$/gm)];
  const names = { "/usr/bin/check_gearman": "check_gearman", "/usr/bin/mod_gearman_doctor": "doctor" };
  expect(lines.length).toBe(6);
  for (const [, command = "", words = ""] of lines) {
    const page = read(`docs/options/${names[command as keyof typeof names]}.md`);
    const options = words.split(" ").filter((word) => word.startsWith("-"));
    expect(options.length).toBeGreaterThan(0);
    for (const option of options) {
      const name = option.replace(/=.*$/, "").replace(/^--/, "");
      expect(page, option).toContain(`\`${name}\``);
    }
  }
});
