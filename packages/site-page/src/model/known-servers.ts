import type { Finding, FindingCode, SiteSnapshot } from "./snapshot.ts";

/** Its page shows job servers by asking them; all others show the one that they are. */
const BRIDGE = "mod_gearman_bridge";

/** What only a bridge knows. */
const OF_BRIDGE: ReadonlySet<FindingCode> = new Set<FindingCode>([
  ...(["core-away", "result-key", "result-refused", "ticket-redeemed-twice"] as const),
  ...(["worker-clock", "plugin-slow"] as const),
]);

const LOOPBACK = /^(?:localhost|127\.[\d.]+|::1)$/;
/** Host of everything on this machine. */
const HERE = "";

/** True for a name or address, in small letters, of this machine. */
export type IsHere = (host: string) => boolean;

interface Place {
  readonly hosts: readonly string[];
  readonly port: string;
}

/** Job servers that a page shows already. A bridge may call the same one otherwise than its own page does. */
export class KnownServers {
  readonly #isHere: IsHere;
  readonly #places: Place[] = [];

  constructor(own: SiteSnapshot, isHere: IsHere) {
    this.#isHere = isHere;
    this.#add(own, [HERE]);
  }

  /** @param listener of its page @returns what it says but for job servers that are known; they all are known then */
  learn(snapshot: SiteSnapshot, listener: string): SiteSnapshot {
    const { host, port } = splitAddress(listener);
    const there = port === "" ? [HERE] : this.#hostsOf(host, [HERE]);
    const isNew = ({ name }: { readonly name: string }) => !this.#has(name, there);
    const shown = isBridge(snapshot) ? onlyServers(snapshot, snapshot.servers.filter(isNew)) : snapshot;
    this.#add(shown, there);
    return shown;
  }

  #add(snapshot: SiteSnapshot, there: readonly string[]): void {
    for (const { name } of snapshot.servers) {
      const { host, port } = splitAddress(name);
      const called = this.#hostsOf(host, there);
      this.#places.push({ hosts: isBridge(snapshot) ? called : [...called, ...there], port });
    }
  }

  #has(name: string, there: readonly string[]): boolean {
    const { host, port } = splitAddress(name);
    const called = this.#hostsOf(host, there);
    const isOne = (known: string) => called.some((one) => isSame(one, known));
    return this.#places.some((place) => place.port === port && place.hosts.some(isOne));
  }

  /** @param there names of the machine of the program that says it */
  #hostsOf(host: string, there: readonly string[]): readonly string[] {
    if (LOOPBACK.test(host)) return there;
    return this.#isHere(host) ? [host, HERE] : [host];
  }
}

/** Bridges come last, so that the pages of job servers themselves are shown. */
export function bridgesLast(a: SiteSnapshot, b: SiteSnapshot): number {
  return Number(isBridge(a)) - Number(isBridge(b));
}

const isBridge = ({ program }: SiteSnapshot): boolean => program === BRIDGE;

/** A name with and without its domain is the same. */
function isSame(a: string, b: string): boolean {
  if (a === b) return true;
  return (
    a !== HERE &&
    b !== HERE &&
    (b.startsWith(`${a}.`) || a.startsWith(`${b}.`)) &&
    !(a.includes(".") && b.includes("."))
  );
}

/** `PORT` alone has no port here: it is one of this machine. */
function splitAddress(address: string): { readonly host: string; readonly port: string } {
  const [, host = address, port = ""] = /^(.*):(\d+)$/.exec(address) ?? [];
  return { host: host.replace(/^\[(.*)\]$/, "$1").toLowerCase(), port };
}

function onlyServers(snapshot: SiteSnapshot, servers: SiteSnapshot["servers"]): SiteSnapshot {
  if (servers.length === snapshot.servers.length) return snapshot;
  const names = new Set(servers.map(({ name }) => name));
  const queues = snapshot.queues.filter(({ server }) => names.has(server));
  const workers = snapshot.workers.filter((one) => one.servers.some((name) => names.has(name)));
  const links = new Set([
    ...queues.map(({ name }) => `queue/${encodeURIComponent(name)}`),
    ...workers.map(({ id }) => `worker/${encodeURIComponent(id)}`),
    ...(servers.some(({ isUp, problem }) => !isUp || problem !== null) ? ["servers"] : []),
  ]);
  const isKept = ({ code, link }: Finding) => OF_BRIDGE.has(code) || links.has(link);
  return {
    ...snapshot,
    ...{ servers, queues, workers },
    jobs: snapshot.jobs.filter(({ server }) => names.has(server)),
    health: { ...snapshot.health, findings: snapshot.health.findings.filter(isKept) },
    omitted: servers.length === 0 ? { queues: 0, workers: 0, jobs: 0 } : snapshot.omitted,
  };
}
