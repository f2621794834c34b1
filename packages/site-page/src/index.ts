export { ActionRefused, type Done, type Perform } from "./http/actions.ts";
export { PacedRead, type Read } from "./http/paced-read.ts";
export type { AskWorker } from "./http/report-keeper.ts";
export { createSitePage, type SitePage, type SitePageOptions } from "./http/site-page.ts";
export { readTokenFile } from "./http/token-file.ts";
export { type FoundJob, peekedJobOf } from "./model/found-job.ts";
export { labelOf } from "./model/label.ts";
export type {
  BridgePart,
  ConnectionPart,
  JobPart,
  QueuePart,
  ServerPart,
  SiteParts,
  WorkerReport,
} from "./model/parts.ts";
export { PEEK_SCHEMA } from "./model/peek-schema.ts";
export type { PeekedJob } from "./model/peeked-job.ts";
export { PEEK_LIMITS, peekAnswer, QUEUE_ACTIONS, SAID } from "./model/queue-actions.ts";
export { SNAPSHOT_SCHEMA } from "./model/schema.ts";
export type { SiteSnapshot } from "./model/snapshot.ts";
export { REPORT_REQUEST } from "./model/worker-report.ts";
