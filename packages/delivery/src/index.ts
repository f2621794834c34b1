export { decodeJobRecord, encodeJobRecord, type RecordedJob } from "./job-record.ts";
export type { DirectSubmit, OutgoingResult } from "./outgoing-result.ts";
export type { RecordStore, StoredRecord } from "./record-store.ts";
export type { SpoolOpener } from "./reloadable-spool.ts";
export { type DeliveryCounts, ResultDelivery, type ResultDeliveryOptions } from "./result-delivery.ts";
export {
  ResultRouter,
  type ResultRouterOptions,
  type ResultSizes,
  type ResultTarget,
} from "./result-router.ts";
export type { RouterSettings, SpoolLocation } from "./router-settings.ts";
export {
  type DeliveryWorld,
  describeCounts,
  openDelivery,
  type SenderSettings,
} from "./sender-delivery.ts";
export type { SubmitterFactory } from "./server-choice.ts";
export { SpooledJobs, type SpooledJobsOptions } from "./spooled-jobs.ts";
export { type StoreAccess, spoolAccess } from "./store-access.ts";
export type { OnSettled, SubmitError, Submitter } from "./submitter.ts";
