import { type Clock, omitUndefined, type ServerAddress } from "@mod-gearman/base";
import type { DuplexFactory } from "@mod-gearman/client";
import { type DeliveryCounts, ResultDelivery } from "./result-delivery.ts";
import type { StoreAccess } from "./store-access.ts";

/** Options of a sender that concern delivery, named as there. */
export interface SenderSettings {
  readonly servers: readonly ServerAddress[];
  readonly dupservers: readonly ServerAddress[];
  /** Milliseconds to connect and to get a result accepted; 0: no limit. */
  readonly gearmanConnectionTimeoutMs: number;
  readonly retries: number;
  readonly retryIntervalSeconds: number;
  readonly spool?: string;
  readonly spoolMaxBytes: number;
}

/** What the delivery of a sender needs from outside. */
export interface DeliveryWorld {
  readonly clock: Clock;
  readonly printError: (line: string) => void;
  /** Opens the spool in `folder`. */
  readonly store: (folder: string, maxBytes: number) => StoreAccess;
  readonly duplex?: DuplexFactory;
}

/** Copies are best effort: a dup server that does not answer delays the end of a sender no longer than this. */
const COPY_TIMEOUT_MS = 5000;

/** Makes a delivery from the options of a sender; it connects immediately. */
export function openDelivery(settings: SenderSettings, world: DeliveryWorld): ResultDelivery {
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
    clock: world.clock,
    onProblem: world.printError,
    ...omitUndefined({
      store: spool === undefined ? undefined : world.store(spool, settings.spoolMaxBytes),
      duplex: world.duplex,
    }),
  });
}

/**
 * Lines about lost, skipped and delayed results; empty if all were sent.
 *
 * @param skipped number of input lines or blocks that are not results
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
