import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { CoreKind } from "./image.ts";

/** Objects of a temporary site. Times in seconds; `interval_length` is 1. */
export interface SiteOptions {
  readonly core: CoreKind;
  /** The site's folder in the core's file system; absent: the same path. */
  readonly coreFolder?: string;
  /** User that the core becomes if started as root; absent: that of the packages. */
  readonly user?: string;
  /** `SITE` as in `moduleArgs`. */
  readonly shimPath: string;
  /** Text after the shim on its `broker_module=` line; `SITE` is replaced by the folder in the core's file system. */
  readonly moduleArgs: string;
  /** `SITE` as in `moduleArgs`. */
  readonly moduleConf: string;
  /** Name to command line. */
  readonly commands: Readonly<Record<string, string>>;
  readonly hosts: readonly { name: string; command: string; interval: number }[];
  readonly services: readonly {
    host: string;
    description: string;
    command: string;
    interval: number;
    eventHandler?: string;
    maxAttempts?: number;
  }[];
  /** Command line that the core itself runs for every applied result. */
  readonly onApplied?: string;
  /** Absent: no notifications. */
  readonly notifications?: Notifications;
}

/** Notifications of every host and service; commands as `name!argument`. */
interface Notifications {
  readonly contacts: readonly { name: string; alias: string; command: string }[];
  /** Contact that is notified at first, again after `repeatSeconds`. */
  readonly contact: string;
  readonly repeatSeconds: number;
  /** Contact that is notified of services from the second time on. */
  readonly escalatedTo: string;
  /** Naemon's handler of all notifications. */
  readonly globalHandler?: string;
}

/** A site's folder on this machine. */
export interface Site {
  readonly folder: string;
  readonly statusFile: string;
  readonly logFile: string;
  readonly appliedFile: string;
  /** Gives the core an external command, `NAME;argument;…`. */
  command(text: string): void;
  remove(): void;
}

function block(kind: string, rows: Readonly<Record<string, string | number>>): string {
  const lines = Object.entries(rows).map(([key, value]) => `  ${key} ${value}`);
  return `define ${kind} {\n${lines.join("\n")}\n}\n`;
}

const NO_CONTACTS: Notifications = {
  contacts: [{ name: "nobody", alias: "nobody", command: "nothing" }],
  contact: "nobody",
  repeatSeconds: 0,
  escalatedTo: "nobody",
};

function common(o: SiteOptions): Record<string, string | number> {
  const { contact, repeatSeconds } = o.notifications ?? NO_CONTACTS;
  return {
    max_check_attempts: 1,
    check_period: "always",
    notification_period: "always",
    notification_interval: repeatSeconds,
    notifications_enabled: o.notifications === undefined ? 0 : 1,
    contacts: contact,
  };
}

function contacts(o: SiteOptions): string[] {
  const { contacts: all } = o.notifications ?? NO_CONTACTS;
  const options = o.notifications === undefined ? "n" : undefined;
  return all.map(({ name, alias, command }) =>
    block("contact", {
      contact_name: name,
      alias,
      host_notification_period: "always",
      service_notification_period: "always",
      host_notification_commands: command,
      service_notification_commands: command,
      host_notification_options: options ?? "d,u,r",
      service_notification_options: options ?? "w,u,c,r",
    }),
  );
}

function escalations(o: SiteOptions): string[] {
  if (o.notifications === undefined) return [];
  const { escalatedTo, repeatSeconds } = o.notifications;
  return o.services.map(({ host, description }) =>
    block("serviceescalation", {
      host_name: host,
      service_description: description,
      contacts: escalatedTo,
      first_notification: 2,
      last_notification: 0,
      notification_interval: repeatSeconds,
    }),
  );
}

function objects(o: SiteOptions): string {
  const commands = {
    ...o.commands,
    ...(o.onApplied === undefined ? {} : { applied: o.onApplied }),
    nothing: "/bin/true",
  };
  return [
    block("timeperiod", {
      timeperiod_name: "always",
      alias: "always",
      ...Object.fromEntries(
        ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"].map((d) => [
          d,
          "00:00-24:00",
        ]),
      ),
    }),
    ...contacts(o),
    ...Object.entries(commands).map(([name, line]) =>
      block("command", { command_name: name, command_line: line }),
    ),
    ...o.hosts.map(({ name, command, interval }) =>
      block("host", {
        ...common(o),
        host_name: name,
        alias: name,
        address: "127.0.0.1",
        check_command: command,
        check_interval: interval,
        retry_interval: interval,
      }),
    ),
    ...o.services.map((s) =>
      block("service", {
        ...common(o),
        host_name: s.host,
        service_description: s.description,
        check_command: s.command,
        check_interval: s.interval,
        retry_interval: s.interval,
        max_check_attempts: s.maxAttempts ?? 1,
        ...(s.eventHandler === undefined ? {} : { event_handler: s.eventHandler, event_handler_enabled: 1 }),
      }),
    ),
    ...escalations(o),
  ].join("\n");
}

function globalHandlers(o: SiteOptions): Record<string, string> {
  const handler = o.notifications?.globalHandler;
  return handler === undefined
    ? {}
    : { global_host_notification_handler: handler, global_service_notification_handler: handler };
}

/** Settings that Naemon reports as deprecated. */
function nagiosOnly(user: string): Record<string, string | number> {
  return {
    nagios_user: user,
    nagios_group: user,
    check_for_updates: 0,
    max_service_check_spread: 1,
    max_host_check_spread: 1,
  };
}

function mainConfig(o: SiteOptions, folder: string): string {
  const at = (name: string): string => join(o.coreFolder ?? folder, name);
  const family = o.core === "naemon" ? "naemon" : "nagios";
  const user = o.user ?? family;
  const rows: Record<string, string | number> = {
    log_file: at("core.log"),
    cfg_file: at("objects.cfg"),
    object_cache_file: at("objects.cache"),
    precached_object_file: at("objects.precache"),
    status_file: at("status.dat"),
    status_update_interval: 1,
    temp_file: at("core.tmp"),
    temp_path: at("tmp"),
    command_file: at("core.cmd"),
    lock_file: at("core.lock"),
    check_result_path: at("results"),
    state_retention_file: at("retention.dat"),
    query_socket: at("core.qh"),
    event_broker_options: -1,
    broker_module: `${o.shimPath} ${o.moduleArgs}`.replaceAll("SITE", o.coreFolder ?? folder),
    interval_length: 1,
    check_result_reaper_frequency: 1,
    enable_event_handlers: 1,
    execute_service_checks: 1,
    execute_host_checks: 1,
    enable_notifications: o.notifications === undefined ? 0 : 1,
    ...globalHandlers(o),
    enable_flap_detection: 0,
    process_performance_data: 1,
    use_syslog: 0,
    ...(family === "nagios" ? nagiosOnly(user) : {}),
    // Naemon answers a check from its cache if the last one is younger than this (default 15 s).
    cached_host_check_horizon: 0,
    cached_service_check_horizon: 0,
    service_check_timeout: 10,
    host_check_timeout: 10,
    log_event_handlers: 1,
    ...(o.onApplied === undefined ? {} : { obsess_over_services: 1, ocsp_command: "applied" }),
  };
  return `${Object.entries(rows)
    .map(([key, value]) => `${key}=${value}`)
    .join("\n")}\n`;
}

/** Writes the configuration of a site into a new folder. */
export function createSite(o: SiteOptions): Site {
  const folder = mkdtempSync(join(tmpdir(), "e2e-site-"));
  for (const name of ["tmp", "results"]) mkdirSync(join(folder, name));
  writeFileSync(join(folder, "core.cfg"), mainConfig(o, folder));
  writeFileSync(join(folder, "objects.cfg"), objects(o));
  writeFileSync(join(folder, "module.conf"), o.moduleConf.replaceAll("SITE", o.coreFolder ?? folder));
  for (const name of ["", "tmp", "results"]) chmodSync(join(folder, name), 0o777);
  return {
    folder,
    statusFile: join(folder, "status.dat"),
    logFile: join(folder, "core.log"),
    appliedFile: join(folder, "applied.log"),
    command: (text) =>
      writeFileSync(join(folder, "core.cmd"), `[${Math.floor(Date.now() / 1000)}] ${text}\n`),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
