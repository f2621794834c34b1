import type { QueueRow, SiteSnapshot } from "../model/snapshot.ts";

/** What the page shows: the newest snapshot, and whether it is still new. */
export interface Feed {
  readonly site: SiteSnapshot | undefined;
  readonly isLive: boolean;
}

const RETRY_MS = 5000;
const HISTORY = 60;

/** Follows the events of the server. @returns what ends it */
export function follow(onChange: (feed: Feed) => void): () => void {
  let site: SiteSnapshot | undefined;
  let source: EventSource;
  let timer: number | undefined;
  const open = (): void => {
    source = new EventSource("api/events");
    let isFirst = true;
    source.onmessage = ({ data }) => {
      const next = JSON.parse(data) as SiteSnapshot;
      site = isFirst || site === undefined ? next : withHistory(next, site);
      isFirst = false;
      onChange({ site, isLive: true });
    };
    source.onerror = () => {
      onChange({ site, isLive: false });
      isFirst = true;
      if (source.readyState === EventSource.CLOSED) timer = window.setTimeout(open, RETRY_MS);
    };
  };
  open();
  return () => {
    source.close();
    window.clearTimeout(timer);
  };
}

const keyOf = ({ server, name }: QueueRow): string => `${server}\0${name}`;

/** Later events have the newest value of each history only. */
export function withHistory(next: SiteSnapshot, before: SiteSnapshot): SiteSnapshot {
  const known = new Map(before.queues.map((queue) => [keyOf(queue), queue.history]));
  const queues = next.queues.map((queue) => ({
    ...queue,
    history: [...(known.get(keyOf(queue)) ?? []), ...queue.history].slice(-HISTORY),
  }));
  return { ...next, queues };
}
