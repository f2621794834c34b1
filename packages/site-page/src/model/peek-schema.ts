import { count, list, maybe, record, text } from "./schema-kinds.ts";

const job = record(
  {
    ...{ handle: text, unique: text },
    state: { enum: ["waiting", "later", "running"], description: "later: until whenSeconds." },
    priority: { enum: ["high", "normal", "low"] },
    ageSeconds: { ...count, description: "Since it was queued last or, if it runs, given to its worker." },
    bytes: { ...count, description: "Of the whole workload." },
    retries: { ...count, description: "Workers that have lost it." },
    whenSeconds: { ...count, description: "Since 1970; 0: at once." },
    worker: { ...maybe(text), description: "Of the connection that has it." },
    workload: {
      ...maybe(text),
      description: "The workload as it is sealed, base64; null if it is longer than what one look gives.",
    },
  },
  "A job that waits or runs. Names are text; bytes that are not UTF-8 are \\xff.",
);

/** JSON Schema of what the action `peek` answers, published in docs/schema and at `api/schema?peek`. */
export const PEEK_SCHEMA = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "Jobs of a queue",
  ...record({ jobs: list(job) }, "What POST api/actions answers to the action peek. null: it is not known."),
};
