import { chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const SERVICES_PER_HOST = 100;

/** User that the core runs as if this process is root, which Naemon refuses. */
export const CORE_USER = 65_534;

export interface NaemonSite {
  readonly folder: string;
  readonly services: number;
  /** Between two checks of a service. */
  readonly intervalSeconds: number;
  /** Text after `broker_module=`; absent: no module, and no checks. */
  readonly module?: string;
  /** Performance data of all services is processed. */
  readonly hasPerfdata?: boolean;
}

function block(kind: string, rows: Readonly<Record<string, string | number>>): string {
  const lines = Object.entries(rows).map(([key, value]) => `  ${key} ${value}`);
  return `define ${kind} {\n${lines.join("\n")}\n}\n`;
}

const digits = (number: number, width: number): string => String(number).padStart(width, "0");

function* objects({ services, intervalSeconds, hasPerfdata = false }: NaemonSite): Generator<string> {
  const days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
  yield block("timeperiod", {
    timeperiod_name: "always",
    alias: "always",
    ...Object.fromEntries(days.map((day) => [day, "00:00-24:00"])),
  });
  yield block("command", {
    command_name: "plugin",
    command_line: "/usr/lib/nagios/plugins/check_http -H $HOSTNAME$ -u $ARG1$",
  });
  yield block("command", { command_name: "nothing", command_line: "/bin/true" });
  yield block("contact", {
    contact_name: "admin",
    host_notification_period: "always",
    service_notification_period: "always",
    host_notification_commands: "nothing",
    service_notification_commands: "nothing",
    host_notification_options: "n",
    service_notification_options: "n",
  });
  yield block("hostgroup", { hostgroup_name: "all", alias: "all" });
  const common = {
    register: 0,
    check_period: "always",
    notification_period: "always",
    notification_interval: 0,
    notifications_enabled: 0,
    contacts: "admin",
  };
  yield block("host", {
    ...common,
    name: "host",
    max_check_attempts: 1,
    active_checks_enabled: 0,
    hostgroups: "all",
    address: "127.0.0.1",
  });
  yield block("service", {
    ...common,
    name: "service",
    max_check_attempts: 3,
    check_interval: intervalSeconds,
    retry_interval: intervalSeconds,
    process_perf_data: Number(hasPerfdata),
  });
  for (let host = 1; host <= services / SERVICES_PER_HOST; host++)
    yield block("host", { use: "host", host_name: `host-${digits(host, 5)}` });
  for (let service = 1; service <= SERVICES_PER_HOST; service++) {
    yield block("service", {
      use: "service",
      hostgroup_name: "all",
      service_description: `service-${digits(service, 3)}`,
      check_command: `plugin!/page-${service}`,
    });
  }
}

function mainConfig({ folder, module, hasPerfdata = false }: NaemonSite): string {
  const at = (name: string): string => join(folder, name);
  const rows: Record<string, string | number> = {
    log_file: at("core.log"),
    cfg_file: at("objects.cfg"),
    object_cache_file: "/dev/null",
    precached_object_file: "/dev/null",
    status_file: "/dev/null",
    temp_file: at("core.tmp"),
    temp_path: folder,
    command_file: at("core.cmd"),
    lock_file: at("core.lock"),
    check_result_path: at("results"),
    query_socket: at("core.qh"),
    retain_state_information: 0,
    check_workers: 1,
    event_broker_options: -1,
    interval_length: 1,
    cached_service_check_horizon: 0, // by default a check that is due sooner is answered from its last result
    process_performance_data: Number(hasPerfdata),
    execute_service_checks: module === undefined ? 0 : 1,
    execute_host_checks: 0,
    enable_notifications: 0,
    enable_flap_detection: 0,
    log_initial_states: 0,
    use_syslog: 0,
    ...(module === undefined ? {} : { broker_module: module }),
  };
  return `${Object.entries(rows)
    .map(([key, value]) => `${key}=${value}`)
    .join("\n")}\n`;
}

/** Writes the configuration of a Naemon with that many services, 100 on each host. @returns its main file */
export function writeNaemonSite(site: NaemonSite): string {
  const { folder } = site;
  mkdirSync(join(folder, "results"), { recursive: true });
  writeFileSync(join(folder, "objects.cfg"), [...objects(site)].join(""));
  writeFileSync(join(folder, "core.cfg"), mainConfig(site));
  if (process.getuid?.() === 0)
    for (const name of ["", "results"]) chownSync(join(folder, name), CORE_USER, CORE_USER);
  return join(folder, "core.cfg");
}
