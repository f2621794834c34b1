/** Parts of the page. */
export const VIEWS = ["queues", "workers", "jobs", "checks", "servers"] as const;
export type ViewName = (typeof VIEWS)[number];

/** What is shown, as it stands behind `#`, so that every state of the page is a link. */
export interface Route {
  readonly view: ViewName;
  /** Name of the one row that is shown alone: `#queue/NAME`, `#worker/ID`. */
  readonly one: string | undefined;
  readonly values: Readonly<Record<string, string>>;
}

const MOST_CHARACTERS = 2000;
const ONE: Readonly<Record<string, ViewName>> = { queue: "queues", worker: "workers" };

/** Reads a fragment; what it does not know is the list of queues. */
export function parseRoute(hash: string): Route {
  const [path = "", query = ""] = hash.slice(0, MOST_CHARACTERS).replace(/^#/, "").split("?", 2);
  const values = Object.fromEntries(new URLSearchParams(query));
  const [head = "", ...rest] = path.split("/");
  const view = Object.hasOwn(ONE, head) ? ONE[head] : undefined;
  if (view !== undefined && rest.length > 0) return { view, one: decode(rest.join("/")), values };
  return { view: VIEWS.find((name) => name === head) ?? "queues", one: undefined, values };
}

/** The fragment of a list with these values; empty ones are left out. */
export function listLink(view: ViewName, values: Readonly<Record<string, string>> = {}): string {
  const given = Object.entries(values).filter(([, value]) => value !== "");
  return given.length === 0 ? `#${view}` : `#${view}?${new URLSearchParams(given)}`;
}

/** The fragment of one queue or worker. */
export function oneLink(kind: "queue" | "worker", name: string): string {
  return `#${kind}/${encodeURIComponent(name)}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a half of an escape sequence
  }
}
