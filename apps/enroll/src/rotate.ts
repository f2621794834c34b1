import { readFileSync } from "node:fs";
import type { EnrollOptions } from "@mod-gearman/config";
import { type IdentityList, type MasterKeys, parseMasterFile, printMasterFile } from "@mod-gearman/crypto";
import { replaceAlike, withFileLock } from "@mod-gearman/enrolment";
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
  const epochs = await addEpoch(site, world);
  const next = Math.max(...epochs);
  const missing = await waitForWorkers(site, next, options, world);
  if (missing.length > 0 && !options.force)
    throw new Refusal(
      `these workers have no keys of epoch ${next} yet: ${missing.join(", ")}. Jobs go on under epoch ${epochs[0]}; run rotate again, revoke them, or use --force`,
    );
  // another call may have gone on with it meanwhile
  const { epochs: after } = await changeMaster(site, world, (master) => {
    const [current = 0] = master.epochs;
    if (current >= next) return master;
    if (!master.epochs.includes(next))
      throw new Refusal(`epoch ${next} was taken away meanwhile: mod_gearman_enroll list`);
    return { secret: master.secret, epochs: [next, ...master.epochs.filter((epoch) => epoch !== next)] };
  });
  world.print(`jobs are sealed under epoch ${after[0]} now, old keys are still accepted`);
  world.print("an hour after the longest timeout of a check: mod_gearman_enroll rotate --finish");
}

/** Brings an epoch that is accepted and not used for jobs yet. @returns all that are accepted then */
async function addEpoch(site: Site, world: World): Promise<readonly number[]> {
  let isNew = false;
  const { epochs } = await changeMaster(site, world, (master) => {
    const highest = Math.max(...master.epochs);
    if (master.epochs[0] !== highest) return master;
    if (master.epochs.length >= MAX_EPOCHS || highest >= MAX_EPOCH)
      throw new Refusal("there are too many epochs: mod_gearman_enroll rotate --finish");
    isNew = true;
    return { secret: master.secret, epochs: [...master.epochs, highest + 1] };
  });
  const next = Math.max(...epochs);
  world.print(
    isNew
      ? `epoch ${next} is accepted within two seconds, workers fetch its keys`
      : `epoch ${next} was brought before, and is not in use yet`,
  );
  return epochs;
}

/**
 * Writes another master in place of the one that is there now; no other call changes it meanwhile.
 *
 * @param change the same one: nothing is written
 * @throws FileLockedError, KeyFileError; the error of `node:fs`, or of `change`
 */
function changeMaster(
  { masterPath }: Site,
  { clock, hostName }: World,
  change: (now: MasterKeys) => MasterKeys | Promise<MasterKeys>,
): Promise<MasterKeys> {
  return withFileLock(masterPath, { clock, host: hostName }, async () => {
    const now = parseMasterFile(readFileSync(masterPath));
    const changed = await change(now);
    if (changed !== now) await replaceAlike(masterPath, printMasterFile(changed));
    return changed;
  });
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
  const { epochs } = await changeMaster(site, world, (master) => withoutFormer(site, master, force));
  world.print(`only epoch ${epochs[0]} is accepted now`);
}

/** The master with its current epoch alone. @throws Refusal */
async function withoutFormer(
  site: Site,
  { secret, epochs }: MasterKeys,
  force: boolean,
): Promise<MasterKeys> {
  const [current = 0] = epochs;
  if (epochs.length === 1) throw new Refusal(`only epoch ${current} is in use`);
  if (current !== Math.max(...epochs))
    throw new Refusal("a rotation has begun: mod_gearman_enroll rotate first");
  const missing = [...(await without(site, current, "worker")), ...(await without(site, current, "sender"))];
  if (missing.length > 0 && !force)
    throw new Refusal(
      `these have not shown a key of epoch ${current}, and would be refused: ${missing.join(", ")}. A sender: mod_gearman_enroll renew. Or use --force`,
    );
  return { secret, epochs: [current] };
}
