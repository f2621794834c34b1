import { get } from "node:http";
import { parseListenAddress } from "@mod-gearman/admin-http";
import { timeoutSignal } from "@mod-gearman/base";
import type { OtherSite } from "../model/merge-snapshots.ts";
import type { SiteSnapshot } from "../model/snapshot.ts";

const TIMEOUT_MS = 2000;
const MOST_BYTES = 4 * 1024 * 1024;
const LISTS = ["servers", "queues", "workers", "jobs"] as const;

/** The pages of other programs, asked for their own part only. */
export class OtherListeners {
  readonly #addresses: readonly string[];
  readonly #latest = new Map<string, OtherSite>();
  #asking: Promise<void> | undefined;

  /** @param addresses `HOST:PORT` or `PORT` of this machine */
  constructor(addresses: readonly string[]) {
    this.#addresses = addresses;
  }

  get latest(): readonly OtherSite[] {
    return this.#addresses.flatMap((one) => this.#latest.get(one) ?? []);
  }

  /** Asks all of them; a round under way is joined. Resolves at once if there are answers of an earlier round. */
  refresh(): Promise<void> {
    this.#asking ??= Promise.all(this.#addresses.map((one) => this.#ask(one)))
      .then(() => undefined)
      .finally(() => {
        this.#asking = undefined;
      });
    return this.#latest.size === this.#addresses.length ? Promise.resolve() : this.#asking;
  }

  async #ask(name: string): Promise<void> {
    try {
      this.#latest.set(name, { name, snapshot: readSnapshot(await fetchText(name)) });
    } catch (error) {
      this.#latest.set(name, { name, away: error instanceof Error ? error.message : String(error) });
    }
  }
}

function readSnapshot(text: string): SiteSnapshot {
  const snapshot = JSON.parse(text) as SiteSnapshot;
  const isKnown = snapshot?.format === 1 && LISTS.every((list) => Array.isArray(snapshot[list]));
  if (!isKnown || !Array.isArray(snapshot.health?.findings))
    throw new Error("its answer is of another version");
  return snapshot;
}

/** `node:http` and not fetch, which follows redirects and takes proxies of the environment. */
function fetchText(address: string): Promise<string> {
  const { host = "127.0.0.1", port } = parseListenAddress(address, "127.0.0.1");
  return new Promise((resolve, reject) => {
    const request = get({ host, port, path: "/api/site?own", signal: timeoutSignal(TIMEOUT_MS) });
    request.on("error", (error) =>
      reject(
        error.name === "AbortError" || error.name === "TimeoutError" ? new Error("no answer in 2 s") : error,
      ),
    );
    request.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
        if (text.length > MOST_BYTES) response.destroy(new Error("its answer is too long"));
      });
      response.on("error", reject);
      response.on("end", () =>
        response.statusCode === 200 ? resolve(text) : reject(new Error(`it answered ${response.statusCode}`)),
      );
    });
  });
}
