import { count, flag, list, maybe, measure, record, text } from "./schema-kinds.ts";

const finding = record(
  {
    code: {
      description: "What it is about; further codes may come.",
      type: "string",
      examples: [
        ...["server-away", "server-problem", "core-away", "bridge-away"],
        ...["queue-stalled", "queue-without-worker", "queue-paused"],
        ...["worker-key", "worker-clock", "worker-unsent", "plugin-slow"],
        ...["result-key", "result-refused", "ticket-redeemed-twice"],
      ],
    },
    level: { enum: ["warning", "critical"] },
    text,
    advice: text,
    link: { type: "string", description: "Part of the page that shows it, behind #." },
  },
  "Something that an administrator should know.",
);
const server = record(
  {
    ...{ name: text, version: maybe(text), isUp: flag, problem: maybe(text) },
    ...{ waiting: count, running: count, connections: maybe(count) },
    actions: {
      ...list(text),
      description: "Names of the actions that this page may perform on its queues and jobs.",
    },
  },
  "A job server.",
);
const queue = record(
  {
    ...{ server: text, name: text, waiting: count, running: count, workers: count },
    ...{ oldestSeconds: maybe(count), bytes: maybe(count) },
    ...{ inPerSecond: maybe(measure), outPerSecond: maybe(measure) },
    priorities: maybe({
      ...{ type: "array", items: count, minItems: 3, maxItems: 3 },
      description: "Waiting jobs: high, normal, low.",
    }),
    ...{ isStalled: flag, isPaused: flag },
    isStale: { type: "boolean", description: "No job and no worker." },
    history: {
      ...list(measure),
      description: "Newest last: jobs taken per second or, where the server does not say it, waiting ones.",
    },
  },
  "A queue of one server.",
);
const worker = record(
  {
    ...{ id: text, servers: list(text), name: text, hosts: list(text) },
    ...{ program: maybe(text), version: maybe(text), kind: { enum: ["worker", "bridge"] } },
    ...{ connections: count, queues: list(text), slots: maybe(count), busy: count },
    ...{ load: maybe(measure), unsentResults: maybe(count), undecodable: maybe(count) },
    ...{ undecodableSeconds: maybe(measure), isDraining: flag, lastJobSeconds: maybe(measure) },
  },
  "A worker or another program that takes jobs.",
);
const job = record(
  {
    ...{ server: text, handle: text, queue: text, unique: text, worker: text },
    ...{ seconds: count, retries: count },
  },
  "A job that a worker has.",
);

const clock = record(
  {
    worker: { type: "string", description: "Name of the worker." },
    aheadMs: {
      ...{ type: "integer", description: "What it differs by at least, milliseconds; negative: behind." },
    },
  },
  "The clock of a worker against that of the bridge, as its results of the last ten minutes prove.",
);

/** JSON Schema of {@link SiteSnapshot}, published in docs/schema and at `api/schema`. */
export const SNAPSHOT_SCHEMA = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "Mod-Gearman site",
  ...record(
    {
      format: { const: 1 },
      ...{ program: text, version: text },
      atMs: { type: "number", description: "Milliseconds since 1970." },
      health: record(
        { level: { enum: ["ok", "warning", "critical"] }, sentence: text, findings: list(finding) },
        "One sentence about the whole site, and what it is made from.",
      ),
      ...{ servers: list(server), queues: list(queue), workers: list(worker), jobs: list(job) },
      omitted: record({ queues: count, workers: count, jobs: count }, "Rows that there was no room for."),
      viewers: record(
        { now: count, refused: count, dropped: count },
        "Who follows api/events; refused and dropped: since the start.",
      ),
      can: record({ checks: flag, actions: list(text) }, "What the page can do beside showing.", {
        runAt: {
          ...list(text),
          description: "Names of pages of bridges that run a check now, for server of the action run.",
        },
      }),
    },
    "One moment of a site, as api/site of the admin listener gives it. null: it is not known.",
    { clocks: { ...list(clock), description: "Only of a bridge." } },
  ),
};
