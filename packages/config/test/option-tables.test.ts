import { describe, expect, test } from "vitest";
import type { OptionTable } from "../src/option-row.ts";
import { optionsOf } from "../src/program.ts";
import { gearmandTable } from "../src/tables/gearmand.ts";
import { moduleTable } from "../src/tables/module.ts";
import { sendGearmanTable, sendMultiTable } from "../src/tables/sender.ts";
import { workerTable } from "../src/tables/worker.ts";

/** One row of a table in the specification: `key alias… = default`. */
const rows = (schema: OptionTable) =>
  optionsOf(schema).map(({ option, meta }) => [[option, ...meta.aliases].join(" "), meta.default] as const);
const table = (text: string) =>
  text
    .trim()
    .split("\n")
    .map((line) => {
      const [names = "", initial = ""] = line.split(" = ");
      return [names.trim(), initial.trim()] as const;
    });

const BY_HAND = "no; yes if no queue is chosen at all";

/** worker.md 1.3, defaults of the TS column or of the Go worker where they differ; ours after the blank line. */
const WORKER = `
config configfile include = none
identifier = the host name
debug = 0
logmode = automatic
logfile = none
debug-result = no
daemon d = no
pidfile = none
server = none
dupserver = none
tls = no
tls_ca_file = none
tls_cert_file = none
tls_key_file = none
tls_server_name = none
encryption = yes
key password = none
keyfile passwordfile = none
envelope = legacy
envelope_identity_file = none
envelope_renew_interval = 0
enroll_queue = mod_gearman_enroll
hosts = no
services = no
eventhandler eventhandlers = no
notifications notification = no
hostgroups hostgroup = none
servicegroups servicegroup = none
max-age = 0
job_timeout = 60
timeout_return = 3
min-worker = 1
max-worker = 20
idle-timeout = 10
max-jobs = 1000
spawn-rate = 3
sink-rate = 1
num-result-worker = 0
backgrounding-threshold = 30
load_cpu_multi = 2.5
load_limit1 = 0
load_limit5 = 0
load_limit15 = 0
mem_limit = 70
show_error_output = yes
worker_name_in_result = off
dup_results_are_passive = yes
dupserver_backlog_queue_size = 1000
restrict_path restrictpath = none
restrict_command_characters = $&();<>\`"'|
workaround_rc_25 = no
fork_on_exec = no
gearman_connection_timeout = 5000
enable_embedded_perl = no
use_embedded_perl_implicitly = no
use_perl_cache = yes
p1_file = the one that comes with the worker
internal_negate = yes
internal_check_dummy = yes
internal_check_nsc_web = yes
internal_check_prometheus = yes
prometheus_server = none
limit_cpu_seconds = 0
limit_memory = 0
limit_open_files = 0
run_as = none
sticky_state = no
result_spool = automatic
result_spool_size = 64M
stop_timeout = 5
health_file = none
allow_drain_job = no`;

/** neb-module.md 4.2; the last seven and `server_spread` are ours. */
const MODULE = `
config configfile include = none
debug = 0
logmode = automatic
logfile = none
log_stats_interval = 60
prometheus_server = none
admin_listen = none
admin_servers = none
admin_names = none
admin_token_file = none
admin_command_file = none
server = none
server_spread = no
dupserver = none
tls = no
tls_ca_file = none
tls_cert_file = none
tls_key_file = none
tls_server_name = none
gearman_connection_timeout = 5000
encryption = yes
key password = none
keyfile passwordfile = none
accept_clear_results = no
hosts = ${BY_HAND}
services = ${BY_HAND}
eventhandler eventhandlers = ${BY_HAND}
notifications notification = no
hostgroups hostgroup = none
servicegroups servicegroup = none
localhostgroups localhostgroup = none
localservicegroups localservicegroup = none
queue_custom_variable = none
do_hostchecks = yes
route_eventhandler_like_checks = no
use_uniq_jobs = yes
result_queue = check_results
result_workers = 1
perfdata = no
perfdata_send_all = no
perfdata_mode = 1
orphan_host_checks = yes
orphan_service_checks = yes
orphan_return = 2
latency_flatten_window = 30
internal_check_dummy = yes
debug_result = no
export = none
bridge_socket = none
bridge_command = set when the module is built
bridge_arg = none
bridge_instance = none
layout_dir = mod_gearman.d beside the module
orphan_no_worker_after = 300
sticky_plugins = none
checks_when_away = hold
eventhandlers_when_away = local
notifications_when_away = local
envelope = legacy
envelope_master_file = none
envelope_identities_file = none
envelope_queues = none
enroll_dir = none
enroll_queue = mod_gearman_enroll
enroll_alarm_host = none
enroll_alarm_service = mod_gearman_enroll
next_check_line = no
worker_times = no`;

/** tools.md 4; the last four are ours or the Go sender's. */
const SENDER = `
server = none
dupserver = none
tls = no
tls_ca_file = none
tls_cert_file = none
tls_key_file = none
tls_server_name = none
config configfile include = none
encryption = yes if a key is given
key password = none
keyfile passwordfile = none
sender_identity_file = none
result_queue = check_results
active = no
host = none
service = none
message m = none
returncode return_code r = 0
starttime = now
finishtime = now
latency = 0
delimiter d = a tab
timeout t = 10
gearman_connection_timeout = 5000
debug = 0
retries = 0
retry-interval = 1
spool = none
spool_max = 64M`;

/** Long defaults have their own test. */
const isTemplate = ([name]: readonly [string, string]) => !name.endsWith("_perfdata_template");

test.for([
  ["the worker's table", workerTable, WORKER],
  ["the module's table", moduleTable, MODULE],
  ["the table of send_gearman", sendGearmanTable, SENDER],
] as const)("%s is that of the specification", ([, schema, text]) =>
  expect(rows(schema).filter(isTemplate)).toEqual(table(text)),
);

test("send_multi differs in two defaults", () => {
  const own = table(SENDER).map(([names, initial]) => {
    if (names === "server") return [names, "localhost:4730"];
    return [names, names === "encryption" ? "no" : initial];
  });
  expect(rows(sendMultiTable)).toEqual(own);
});

describe("in every table", () => {
  test.for([
    ["worker", workerTable],
    ["module", moduleTable],
    ["gearmand", gearmandTable],
    ["send_gearman", sendGearmanTable],
  ] as const)("%s: passwords are secret", ([, schema]) => {
    const named = optionsOf(schema as OptionTable).filter(({ option }) =>
      /^key$|password|conninfo/.test(option),
    );
    expect(named.length).toBeGreaterThan(0);
    for (const { meta } of named) expect(meta.secret).toBe(true);
  });
});
