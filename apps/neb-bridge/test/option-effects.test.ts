import { readdirSync, readFileSync } from "node:fs";
import { type ModuleOptions, moduleTable, nodeFiles, optionsOf } from "@mod-gearman/config";
import { loadModule } from "@mod-gearman/program";
import { describe, expect, test } from "vitest";
import type { CheckEvent } from "../src/jobs.ts";
import { plainJobOf } from "../src/jobs.ts";
import { settingsMessage } from "../src/settings.ts";

/*
 * Every option of the module (neb-module.md 4) has its effect, or says that it has none. Most of them change what the module is
 * asked for, or the job of an event; the others are named by a test of the part that they change.
 */

const event: CheckEvent = {
  name: "SERVICE_CHECK",
  seq: 1n,
  host_name: Buffer.from("web01"),
  service_description: Buffer.from("HTTP"),
  queue: Buffer.from("service"),
  command_line: Buffer.from("/bin/true"),
  core_time: 1_795_246_679_712_880n,
  timeout: 60,
  check_options: 0,
};

const load = (...words: string[]): ModuleOptions =>
  loadModule(["server=localhost", "encryption=no", ...words].join(" "), "/", nodeFiles).options;

/** Everything of a configuration that module and workers see; random keys as a mark. */
function effectOf(options: ModuleOptions): unknown {
  const { queue, priority, text, unique } = plainJobOf(event, options, () => false);
  const key = unique.length === 32 ? `${unique}` : "random";
  return { settings: settingsMessage(options), job: [`${queue}`, priority, `${text}`, key] };
}

const CHANGES: Record<string, string> = {
  hosts: "hosts=no",
  services: "services=no",
  eventhandler: "eventhandler=no",
  notifications: "notifications=yes",
  hostgroups: "hostgroups=a",
  servicegroups: "servicegroups=a",
  localhostgroups: "localhostgroups=a",
  localservicegroups: "localservicegroups=a",
  queue_custom_variable: "queue_custom_variable=WORKER",
  do_hostchecks: "do_hostchecks=no",
  route_eventhandler_like_checks: "route_eventhandler_like_checks=yes",
  use_uniq_jobs: "use_uniq_jobs=no",
  result_queue: "result_queue=other",
  orphan_host_checks: "orphan_host_checks=no",
  orphan_service_checks: "orphan_service_checks=no",
  orphan_return: "orphan_return=1",
  internal_check_dummy: "internal_check_dummy=no",
  checks_when_away: "checks_when_away=local",
  eventhandlers_when_away: "eventhandlers_when_away=keep",
  notifications_when_away: "notifications_when_away=keep",
  next_check_line: "next_check_line=yes",
  worker_times: "worker_times=yes",
  debug: "debug=2",
};

describe("changes what the module is asked for, or the job", () => {
  test.for(Object.entries(CHANGES))("%s", ([option, line]) => {
    expect(moduleTable[option as keyof typeof moduleTable]).toBeDefined();
    expect(effectOf(load(line))).not.toEqual(effectOf(load()));
  });
});

const root = new URL("../../../", import.meta.url);
/** Tests of reading an option, in packages/program, do not count. */
const FOLDERS = ["apps/neb-bridge/test", "native/neb/test", "e2e/test"];
const tests = FOLDERS.flatMap((folder) =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(?:ts|c)$/.test(name) && !name.endsWith("option-effects.test.ts"))
    .map((name) => readFileSync(new URL(`${folder}/${name}`, root), "utf8")),
);

/** Tested by the name that the part has for it. */
const OTHER_NAMES: Record<string, RegExp> = {
  server_spread: /\bspread: true\b/,
  gearman_connection_timeout: /\btimeoutMs: 1000\b/,
};

describe("has no effect and says so, or a test of its part names it", () => {
  test.for(
    optionsOf(moduleTable)
      .filter(({ option, meta }) => CHANGES[option] === undefined && meta.noEffect === undefined)
      .map(({ option }) => option),
  )("%s", (option) => {
    const given = OTHER_NAMES[option] ?? new RegExp(`\\b${option}=`);
    expect(tests.some((text) => given.test(text))).toBe(true);
  });
});
