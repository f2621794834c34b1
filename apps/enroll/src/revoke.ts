import type { EnrollOptions } from "@mod-gearman/config";
import { append } from "./issue.ts";
import { openSite } from "./site.ts";
import { Refusal, type World } from "./world.ts";

/**
 * Refuses an identity, and its tickets, or one ticket. The bridge reads the list again within two seconds.
 *
 * @param operand name of an identity, or id of a ticket
 * @throws ConfigError, Refusal, KeyFileError; the error of `node:fs`
 */
export async function revoke(options: EnrollOptions, world: World, operand: string): Promise<void> {
  const { list, listPath, folder } = openSite(options, world);
  const identity = list.all().find(({ name }) => name === operand);
  const tickets = (await folder.list()).filter(({ id, name }) => id === operand || name === operand);
  if (identity === undefined && tickets.length === 0)
    throw new Refusal(`neither an identity nor a ticket: ${operand}`);
  for (const { id } of tickets) await folder.revoke(id, world.nowMs());
  if (tickets.length > 0) world.print(`revoked tickets: ${tickets.map(({ id }) => id).join(", ")}`);
  if (identity === undefined) return;
  await append(listPath, world, (now) => {
    const isRevoked = now.all().some((one) => one.name === operand && one.isRevoked);
    return isRevoked ? "" : `revoked ${operand}\n`;
  });
  world.print(`revoked: ${identity.kind} ${operand}; the bridge refuses it within 5 seconds`);
  if (identity.kind === "worker")
    world.print("it can still read jobs of its queues, until the next epoch: mod_gearman_enroll rotate");
}
