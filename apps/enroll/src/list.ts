import type { EnrollOptions } from "@mod-gearman/config";
import type { KeyHolder, TicketState } from "@mod-gearman/enrolment";
import { openSite } from "./site.ts";
import type { World } from "./world.ts";

/** Prints identities and tickets, a line each. @throws ConfigError, Refusal; the error of `node:fs` */
export async function list(options: EnrollOptions, world: World): Promise<void> {
  const { list: identities, folder, master } = openSite(options, world);
  const holders = new Map((await folder.holders()).map((holder) => [holder.name, holder]));
  world.print(`epochs in use: ${master.epochs.join(", ")} (the first one for new jobs)`);
  for (const { kind, name, grants, isRevoked } of identities.all())
    world.print(
      `${kind} ${name}: ${isRevoked ? "REVOKED" : "valid"}, ${holderText(holders.get(name))}, ${grants.join(", ")}`,
    );
  for (const ticket of await folder.list())
    world.print(`ticket ${ticket.id} of ${ticket.kind} ${ticket.name}: ${stateOf(ticket, world.nowMs())}`);
}

function holderText(holder: KeyHolder | undefined): string {
  return holder === undefined
    ? "has not asked for keys"
    : `has keys of epoch ${holder.epoch} since ${isoOf(holder.atMs)} on ${holder.host}`;
}

function stateOf({ alarm, redeemed, revokedMs, expiresMs }: TicketState, nowMs: number): string {
  const twice = alarm === undefined ? "" : `, AGAIN by ${alarm.host} at ${isoOf(alarm.atMs)}`;
  if (redeemed !== undefined) return `redeemed by ${redeemed.host} at ${isoOf(redeemed.atMs)}${twice}`;
  if (revokedMs !== undefined) return `revoked at ${isoOf(revokedMs)}`;
  return nowMs > expiresMs ? `expired at ${isoOf(expiresMs)}` : `open until ${isoOf(expiresMs)}`;
}

function isoOf(ms: number): string {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : "?";
}
