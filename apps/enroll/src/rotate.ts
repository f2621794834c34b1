import type { EnrollOptions } from "@mod-gearman/config";
import { type IdentityList, type MasterKeys, printMasterFile } from "@mod-gearman/crypto";
import { replaceAlike } from "@mod-gearman/enrolment";
import { openSite, type Site } from "./site.ts";
import { Refusal, type World } from "./world.ts";

type Identity = ReturnType<IdentityList["all"]>[number];

const MS_PER_SECOND = 1000;
const LOOK_EVERY_MS = 500;
const MAX_EPOCHS = 16;
const MAX_EPOCH = 65_535;

/**
 * Brings a new epoch: behind the current one first, and in front of it when all workers have its keys. With `finish` the others are
 * taken away. A call that was interrupted is taken up by the next one. Source: envelope-v2.md 13.
 *
 * @throws ConfigError, Refusal; the error of `node:fs`
 */
export async function rotate(options: EnrollOptions, world: World): Promise<void> {
  const site = openSite(options, world);
  if (options.finish) return finish(site, options, world);
  const { secret, epochs } = await addEpoch(site, world);
  const next = Math.max(...epochs);
  const missing = await waitForWorkers(site, next, options, world);
  if (missing.length > 0 && !options.force)
    throw new Refusal(
      `these workers have no keys of epoch ${next} yet: ${missing.join(", ")}. Jobs go on under epoch ${epochs[0]}; run rotate again, revoke them, or use --force`,
    );
  await writeMaster(site, { secret, epochs: [next, ...epochs.filter((epoch) => epoch !== next)] });
  world.print(`jobs are sealed under epoch ${next} now, old keys are still accepted`);
  world.print("an hour after the longest timeout of a check: mod_gearman_enroll rotate --finish");
}

/** The master with an epoch that is accepted and not used for jobs yet. */
async function addEpoch(site: Site, world: World): Promise<MasterKeys> {
  const { secret, epochs } = site.master;
  const highest = Math.max(...epochs);
  if (epochs[0] !== highest) {
    world.print(`epoch ${highest} was brought before, and is not in use yet`);
    return site.master;
  }
  if (epochs.length >= MAX_EPOCHS || highest >= MAX_EPOCH)
    throw new Refusal("there are too many epochs: mod_gearman_enroll rotate --finish");
  const master = { secret, epochs: [...epochs, highest + 1] };
  await writeMaster(site, master);
  world.print(`epoch ${highest + 1} is accepted within two seconds, workers fetch its keys`);
  return master;
}

function writeMaster({ masterPath }: Site, master: MasterKeys): Promise<void> {
  return replaceAlike(masterPath, printMasterFile(master));
}

const isInUse =
  (wanted: "worker" | "sender") =>
  ({ kind, isRevoked }: Identity): boolean =>
    kind === wanted && !isRevoked;

/** Names of identities that are not revoked and have not shown a key of an epoch. */
async function without(site: Site, epoch: number, kind: "worker" | "sender"): Promise<string[]> {
  const holders = new Map((await site.folder.holders()).map((one) => [one.name, one.epoch]));
  return site.list
    .all()
    .filter((one) => isInUse(kind)(one) && (holders.get(one.name) ?? 0) < epoch)
    .map(({ name }) => name);
}

async function waitForWorkers(
  site: Site,
  epoch: number,
  { waitSeconds, force }: EnrollOptions,
  { clock, progress }: World,
): Promise<string[]> {
  const all = site.list.all().filter(isInUse("worker")).length;
  const line = progress?.();
  const endMs = clock.monotonicMs() + waitSeconds * MS_PER_SECOND;
  for (;;) {
    const missing = await without(site, epoch, "worker");
    const leftMs = endMs - clock.monotonicMs();
    if (missing.length === 0 || force || leftMs <= 0) {
      line?.clear();
      return missing;
    }
    const [next = ""] = missing;
    const leftSeconds = Math.ceil(leftMs / MS_PER_SECOND);
    line?.say(
      () => `${all - missing.length} of ${all} workers have the keys, ${leftSeconds} s left, next: ${next}`,
    );
    await new Promise<void>((resolve) => {
      clock.setTimeout(resolve, LOOK_EVERY_MS);
    });
  }
}

async function finish(site: Site, { force }: EnrollOptions, world: World): Promise<void> {
  const { secret, epochs } = site.master;
  const [current = 0] = epochs;
  if (epochs.length === 1) throw new Refusal(`only epoch ${current} is in use`);
  if (current !== Math.max(...epochs))
    throw new Refusal("a rotation has begun: mod_gearman_enroll rotate first");
  const missing = [...(await without(site, current, "worker")), ...(await without(site, current, "sender"))];
  if (missing.length > 0 && !force)
    throw new Refusal(
      `these have not shown a key of epoch ${current}, and would be refused: ${missing.join(", ")}. A sender: mod_gearman_enroll renew. Or use --force`,
    );
  await writeMaster(site, { secret, epochs: [current] });
  world.print(`only epoch ${current} is accepted now`);
}
