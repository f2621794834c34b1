import { existsSync, readFileSync, watch } from "node:fs";
import { dirname } from "node:path";

/** One block of the core's status data: `key=value` lines. */
export type StatusBlock = ReadonlyMap<string, string>;

/** The hosts and services of a core's status file. */
export interface StatusData {
  readonly hosts: ReadonlyMap<string, StatusBlock>;
  /** Keyed `host/service`. */
  readonly services: ReadonlyMap<string, StatusBlock>;
}

/** Parses the classic block format of Nagios, Naemon and the test core. */
function parseStatus(text: string): StatusData {
  const hosts = new Map<string, StatusBlock>();
  const services = new Map<string, StatusBlock>();
  for (const match of text.matchAll(/^(hoststatus|servicestatus) \{\n([\s\S]*?)^\s*\}/gm)) {
    const block = new Map<string, string>();
    for (const line of (match[2] ?? "").split("\n")) {
      const at = line.indexOf("=");
      if (at > 0) block.set(line.slice(0, at).trim(), line.slice(at + 1));
    }
    const host = block.get("host_name") ?? "";
    if (match[1] === "hoststatus") hosts.set(host, block);
    else services.set(`${host}/${block.get("service_description") ?? ""}`, block);
  }
  return { hosts, services };
}

export function readStatus(path: string): StatusData {
  return existsSync(path)
    ? parseStatus(readFileSync(path, "utf8"))
    : { hosts: new Map(), services: new Map() };
}

/**
 * Waits until the status file satisfies a condition, which is checked whenever a file in its folder changes.
 *
 * @throws Error with the last content of the file after `timeoutMs`
 */
export function waitForStatus(
  path: string,
  what: string,
  condition: (status: StatusData) => boolean,
  timeoutMs = 90_000,
): Promise<StatusData> {
  return new Promise((resolve, reject) => {
    const watcher = watch(dirname(path), look);
    const timer = setTimeout(
      () => end(new Error(`not seen within ${timeoutMs} ms: ${what}\n${describe(readStatus(path))}`)),
      timeoutMs,
    );
    function end(result: StatusData | Error): void {
      watcher.close();
      clearTimeout(timer);
      if (result instanceof Error) reject(result);
      else resolve(result);
    }
    function look(): void {
      try {
        const status = readStatus(path);
        if (condition(status)) end(status);
      } catch (error) {
        end(error instanceof Error ? error : new Error(String(error)));
      }
    }
    look();
  });
}

const SHOWN = [
  "current_state",
  "has_been_checked",
  "is_executing",
  "last_check",
  "next_check",
  "plugin_output",
];

function describe(status: StatusData): string {
  const rows = [...status.hosts, ...status.services].map(
    ([name, block]) => `${name}: ${SHOWN.map((key) => `${key}=${block.get(key) ?? ""}`).join(" ")}`,
  );
  return rows.join("\n");
}
