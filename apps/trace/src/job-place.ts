import type { TracedCheck } from "@mod-gearman/observe";
import type { SiteSnapshot } from "@mod-gearman/site-page";

/** What the bridge's page says of the job servers. */
export type SeenSite = Pick<SiteSnapshot, "servers" | "queues" | "workers" | "jobs">;

type QueueRow = SeenSite["queues"][number];

/** Where the job of a check is that a job server has acknowledged. */
export interface JobPlace {
  /** As the page's findings are called, where it has one. */
  readonly code:
    | "server-away"
    | "running"
    | "queue-paused"
    | "queue-without-worker"
    | "queue-stalled"
    | "worker-key"
    | "waiting"
    | "gone";
  readonly text: string;
}

/** A key that was wrong this long ago is taken as mended, as on the page. */
const RECENT_SECONDS = 600;
const MAX_NAMES = 3;

/** @throws Error if the text is no snapshot of a site */
export function parseSite(text: string): SeenSite {
  const site = JSON.parse(text) as Partial<Record<keyof SeenSite, unknown>>;
  const lists = [site.servers, site.queues, site.workers, site.jobs];
  if (!lists.every(isListOfRows)) throw new Error("it answers with something else than a site");
  return site as SeenSite;
}

const isListOfRows = (value: unknown): boolean =>
  Array.isArray(value) && value.every((row) => typeof row === "object" && row !== null);

/** Whether the place says why the check does not move; the others are those of a check that is just slow. */
export const isCause = ({ code }: JobPlace): boolean => code !== "waiting" && code !== "gone";

/** Whether the job will not move by itself. One that runs, or may run at a server that does not list its jobs, is waited for. */
export function isStuck(place: JobPlace, { queue }: TracedCheck, site: SeenSite): boolean {
  if (!isCause(place) || place.code === "running") return false;
  const rows = site.queues.filter(({ name }) => name === queue);
  const running = rows.reduce((sum, row) => sum + row.running, 0);
  return running <= site.jobs.filter((job) => job.queue === queue).length;
}

/** @returns undefined if the site does not show the queue */
export function placeOf({ queue, unique }: TracedCheck, site: SeenSite): JobPlace | undefined {
  const away = site.servers.filter(({ isUp }) => !isUp).map(({ name }) => name);
  if (away.length === site.servers.length) return { code: "server-away", text: "no job server answers" };
  const job = site.jobs.find((one) => one.queue === queue && one.unique === unique);
  if (job !== undefined) {
    const name = site.workers.find(({ id }) => id === job.worker)?.name ?? job.worker;
    return { code: "running", text: `worker ${name} has had its job of queue ${queue} for ${job.seconds} s` };
  }
  const rows = site.queues.filter(({ name }) => name === queue);
  if (rows.length === 0) return undefined;
  const waiting = rows.filter((row) => row.waiting > 0);
  const cause = waiting.map((row) => causeOf(row, site)).find((place) => place !== undefined);
  return cause ?? keyPlace(queue, site) ?? unclear(queue, rows, away);
}

/** Why the jobs of a queue wait. */
function causeOf(row: QueueRow, { workers, servers }: SeenSite): JobPlace | undefined {
  const queue = servers.length > 1 ? `queue ${row.name} at ${row.server}` : `queue ${row.name}`;
  const age = row.oldestSeconds === null ? "" : `, the oldest for ${row.oldestSeconds} s`;
  const jobs = `(${row.waiting} wait${age})`;
  if (row.isPaused) return { code: "queue-paused", text: `its job waits: ${queue} is paused ${jobs}` };
  if (row.workers === 0)
    return { code: "queue-without-worker", text: `its job waits: no worker takes jobs of ${queue} ${jobs}` };
  if (!row.isStalled) return undefined;
  const names = workers
    .filter((worker) => worker.queues.includes(row.name) && worker.servers.includes(row.server))
    .map(({ name }) => name);
  const who = names.length === 0 ? `${row.workers} connected` : namesOf(names);
  return {
    code: "queue-stalled",
    text: `its job waits: ${queue} stands still, its workers take nothing: ${who} ${jobs}`,
  };
}

/** Workers that lose the jobs of a queue. */
function keyPlace(queue: string, { workers }: SeenSite): JobPlace | undefined {
  const names = workers
    .filter(
      ({ queues, undecodable, undecodableSeconds }) =>
        queues.includes(queue) && (undecodable ?? 0) > 0 && (undecodableSeconds ?? 0) < RECENT_SECONDS,
    )
    .map(({ name }) => name);
  if (names.length === 0) return undefined;
  return {
    code: "worker-key",
    text: `jobs of queue ${queue} go to a worker that cannot decrypt them, its key is wrong: ${namesOf(names)}`,
  };
}

/** @param away servers that may have the job */
function unclear(queue: string, rows: readonly QueueRow[], away: readonly string[]): JobPlace {
  const sum = (read: (row: QueueRow) => number): number => rows.reduce((all, row) => all + read(row), 0);
  const [waiting, running] = [sum((row) => row.waiting), sum((row) => row.running)];
  if (waiting + running === 0 && away.length > 0)
    return {
      code: "server-away",
      text: `no job server that answers has a job of queue ${queue}; without answer: ${namesOf(away)}`,
    };
  if (waiting + running === 0)
    return {
      code: "gone",
      text: `its job is no longer in queue ${queue}: a worker took it, and no result came`,
    };
  const workers = sum((row) => row.workers);
  const counts = `${waiting} wait, ${running} run, ${workers} ${workers === 1 ? "worker" : "workers"}`;
  return { code: "waiting", text: `its job waits in queue ${queue}, or runs: ${counts}` };
}

function namesOf(names: readonly string[]): string {
  const more = names.length - MAX_NAMES;
  return `${names.slice(0, MAX_NAMES).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
