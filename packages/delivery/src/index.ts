export { decodeJobRecord, encodeJobRecord, type RecordedJob } from "./job-record.ts";
export { type RecordStore, type StoreAccess, type StoredRecord, spoolAccess } from "./record-store.ts";
export { type DeliveryCounts, ResultDelivery } from "./result-delivery.ts";
export {
  describeCounts,
  openDelivery,
  type SenderDeliveryDeps,
  type SenderSettings,
} from "./sender-delivery.ts";
