import { printAddress } from "@mod-gearman/base";
import type { ModuleOptions } from "@mod-gearman/config";
import type { Micros } from "@mod-gearman/payload";
import type { OutstandingCheck } from "./check-row.ts";
import type { Loss } from "./inquiry.ts";
import type { CoreLink } from "./link/core-link.ts";
import { ownResult } from "./own-result.ts";
import type { ResultIntake } from "./result-intake.ts";
import type { ResultMessage } from "./result-message.ts";

type OrphanOptions = Pick<ModuleOptions, "orphanHostChecks" | "orphanServiceChecks" | "orphanReturn">;

interface LossParts {
  readonly options: OrphanOptions;
  readonly now: Micros;
  readonly results: Pick<ResultIntake, "add">;
  /** undefined: no core is connected. */
  readonly link: Pick<CoreLink, "send"> | undefined;
}

/** The core runs again what was lost with its server; what vanished otherwise has a result. */
export function reportLost(check: OutstandingCheck, { why, isOverdue }: Loss, parts: LossParts): void {
  const result = isOverdue ? lostCheckResult(check, parts.options, parts.now) : undefined;
  if (result !== undefined) {
    parts.results.add(result);
    return;
  }
  const { hostName: host_name, serviceDescription: service_description } = check;
  parts.link?.send({ name: "CHECK_LOST", host_name, service_description, text: Buffer.from(why) });
}

/**
 * The result of a check that no job server knows any more although none was away: something ended its worker, or removed
 * the job, and no other result will come.
 *
 * @returns undefined where orphaned checks get no result: the core runs the check again
 */
export function lostCheckResult(
  { hostName, serviceDescription, server }: OutstandingCheck,
  { orphanHostChecks, orphanServiceChecks, orphanReturn }: OrphanOptions,
  now: Micros,
): ResultMessage | undefined {
  const isService = serviceDescription !== undefined;
  if (!(isService ? orphanServiceChecks : orphanHostChecks)) return undefined;
  const kind = isService ? "service" : "host";
  const output =
    `(${kind} check lost: job server ${printAddress(server)} does not know its job any more and no result came, ` +
    "did its worker die or was the job removed?)\n";
  return ownResult(
    { hostName, serviceDescription },
    { returnCode: orphanReturn, output: Buffer.from(output), at: now },
  );
}
