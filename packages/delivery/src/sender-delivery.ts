import type { Clock, ServerAddress } from "@mod-gearman/base";
import type { DuplexFactory } from "@mod-gearman/client";
import type { StoreAccess } from "./record-store.ts";
import { type DeliveryCounts, ResultDelivery } from "./result-delivery.ts";

/** What a sender was told about its delivery, named as in its options. */
export interface SenderSettings {
  readonly servers: readonly ServerAddress[];
  readonly dupservers: readonly ServerAddress[];
  /** Milliseconds to connect and to get a result accepted; 0 = no limit. */
  readonly gearmanConnectionTimeoutMs: number;
  readonly retries: number;
  readonly retryIntervalSeconds: number;
  readonly spool?: string;
  readonly spoolMaxBytes: number;
}

/** The outside world of a sender's delivery. */
export interface SenderDeliveryDeps {
  readonly clock: Clock;
  /** One line to standard error. */
  readonly printError: (line: string) => void;
  /** The spool in a folder. */
  readonly store: (folder: string, maxBytes: number) => StoreAccess;
  readonly duplex?: DuplexFactory;
}

/** Copies are best effort: a dup server that says nothing never holds up the end of a sender. */
const COPY_TIMEOUT_MS = 5000;

/** The delivery that the options of a sender ask for; it begins to connect at once. */
export function openDelivery(settings: SenderSettings, deps: SenderDeliveryDeps): ResultDelivery {
  const { gearmanConnectionTimeoutMs, spool } = settings;
  const limitMs = gearmanConnectionTimeoutMs === 0 ? Number.POSITIVE_INFINITY : gearmanConnectionTimeoutMs;
  return new ResultDelivery({
    servers: settings.servers,
    dupservers: settings.dupservers,
    connectTimeoutMs: limitMs,
    submitTimeoutMs: limitMs,
    copyTimeoutMs: gearmanConnectionTimeoutMs === 0 ? COPY_TIMEOUT_MS : limitMs,
    retries: settings.retries,
    retryIntervalMs: settings.retryIntervalSeconds * 1000,
    clock: deps.clock,
    onProblem: deps.printError,
    ...(spool === undefined ? {} : { store: deps.store(spool, settings.spoolMaxBytes) }),
    ...(deps.duplex === undefined ? {} : { duplex: deps.duplex }),
  });
}

/**
 * Lines about everything that was lost, skipped or delayed; none when all was sent.
 *
 * @param skipped pieces of the input that were no result
 */
export function describeCounts(counts: DeliveryCounts, skipped: number, spool: string | undefined): string[] {
  const { sent, kept, failed, sentEarlier, copiesFailed } = counts;
  const lines: string[] = [];
  if (sentEarlier > 0) lines.push(`${sentEarlier} result(s) kept by an earlier call were sent`);
  if (kept > 0) lines.push(`${kept} result(s) kept in ${spool} until a server is there`);
  if (copiesFailed > 0) lines.push(`${copiesFailed} copies for duplicate servers failed`);
  if (skipped > 0 || failed > 0)
    lines.push(`${sent} sent, ${kept} kept, ${skipped} skipped, ${failed} failed`);
  return lines;
}
