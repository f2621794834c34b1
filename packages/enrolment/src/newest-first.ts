import type { MasterKeys } from "@mod-gearman/crypto";

/**
 * The master with its highest epoch first: what machines are given, so that they seal under the newest one that the bridge accepts.
 * Source: envelope-v2.md 13.
 */
export function newestFirst({ secret, epochs }: MasterKeys): MasterKeys {
  return { secret, epochs: epochs.toSorted((one, other) => other - one) };
}
