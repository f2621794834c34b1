import { programs } from "./paths.ts";
import { type Running, start } from "./processes.ts";

/** Key of every test site, long enough to cause no warning. */
export const KEY = "e2e-key-of-thirty-two-bytes-xxxx";

/** Starts our worker for all generic queues, as a Go `worker.cfg` would set it up. */
export function startWorker(
  port: number,
  extra: readonly string[] = [],
  env: Record<string, string> = {},
): Running {
  const args = [
    programs.worker,
    `--server=127.0.0.1:${port}`,
    `--key=${KEY}`,
    "--encryption=yes",
    "--hosts=yes",
    "--services=yes",
    "--eventhandler=yes",
    "--identifier=e2e-worker",
    "--min-worker=4",
    "--max-worker=8",
    "--load_cpu_multi=0",
    "--mem_limit=0",
    ...extra,
  ];
  return start(process.execPath, args, env);
}

/**
 * Starts our worker for service checks without encryption and with a list of servers; plugins inherit its environment.
 */
export function startBareWorker(
  servers: string,
  extra: readonly string[] = [],
  env: Record<string, string> = {},
): Running {
  const args = [
    programs.worker,
    `--server=${servers}`,
    "--encryption=no",
    "--services=yes",
    "--identifier=e2e-worker",
    "--min-worker=8",
    "--max-worker=8",
    "--load_cpu_multi=0",
    "--mem_limit=0",
    ...extra,
  ];
  return start(process.execPath, args, env);
}

/** A module.conf as shipped by the C suite, reduced to the settings of a site. */
export function moduleConf(port: number): string {
  return [
    "# module configuration",
    "debug=0",
    "logmode=core",
    `server=127.0.0.1:${port}`,
    "eventhandler=yes",
    "services=yes",
    "hosts=yes",
    "do_hostchecks=yes",
    "encryption=yes",
    `key=${KEY}`,
    "use_uniq_jobs=on",
    "result_workers=1",
    "orphan_host_checks=yes",
    "orphan_service_checks=yes",
    "",
  ].join("\n");
}
