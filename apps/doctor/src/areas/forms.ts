import type { ModuleOptions, WorkerOptions } from "@mod-gearman/config";
import { type IdentityKeys, IdentityList, parseIdentityFile } from "@mod-gearman/crypto";
import { moduleHops, workerHops } from "@mod-gearman/program";
import { Notes } from "../finding.ts";
import { isSealed, queuesOf } from "../module-queues.ts";
import type { Site } from "../site.ts";

/** Which form each hop speaks, who cannot be verified, and where that is less than the site means to have. */
export function examineForms({ module, worker }: Site): Notes {
  const notes = new Notes("forms");
  const ofModule = module?.loaded?.options;
  const ofWorker = worker?.loaded?.options;
  for (const hop of ofModule === undefined ? [] : moduleHops(ofModule)) notes.fact("module", hop);
  for (const hop of ofWorker === undefined ? [] : workerHops(ofWorker)) notes.fact("worker", hop);
  if (ofModule === undefined && ofWorker === undefined)
    notes.skip("the form of messages: no usable configuration was found on this machine");
  if (ofModule !== undefined) examineModule(ofModule, notes);
  if (ofModule !== undefined && ofWorker !== undefined) examineBoth(ofModule, ofWorker, notes);
  return notes;
}

function examineModule(options: ModuleOptions, notes: Notes): void {
  const { envelope, envelopeQueues, identities, masterFile } = options;
  if (masterFile === undefined) return;
  if (envelope === "both" && envelopeQueues.length === 0)
    notes.warning({
      id: "nothing-sealed",
      what: "envelope=both, but envelope_queues names no queue: no job is sealed",
      meaning: "All hops speak the legacy form: anyone with the shared key can forge jobs and results.",
      advice: "Name the queues whose workers have keys in envelope_queues (docs/security.md, Set it up).",
    });
  else notes.fine();
  if (identities === undefined)
    notes.warning({
      id: "workers-not-listed",
      what: "envelope_identities_file is not set",
      meaning:
        "Every worker with keys of this site is taken for every queue, none can be revoked, and no sealed sender is taken.",
      advice: "mod_gearman_enroll init makes a list; name it in envelope_identities_file.",
    });
  else notes.fine();
}

/** Module and worker of one machine. */
function examineBoth(module: ModuleOptions, worker: WorkerOptions, notes: Notes): void {
  const keys = worker.identityFile === undefined ? undefined : parseIdentityFile(worker.identityFile);
  const served = worker.functions().map((name) => name.toString("latin1"));
  const { checks, commands } = queuesOf(module);
  const shared = served.filter((name) => checks.includes(name) || commands.includes(name));
  const sealed = shared.filter((name) => isSealed(name, module));
  const open = shared.filter((name) => !isSealed(name, module));
  examineKeys(sealed, keys, notes);
  if (keys === undefined) return;
  if (worker.envelope === "v2" && open.length > 0)
    notes.critical({
      id: "worker-sealed-only",
      what: `the worker takes sealed jobs only, and the module does not seal those of ${open.join(", ")}`,
      meaning: "The worker refuses these jobs: their checks end as lost.",
      advice: "Name these queues in envelope_queues of the module, or set envelope=both at the worker.",
    });
  else if (worker.envelope === "both" && open.length === 0 && sealed.length > 0)
    notes.warning({
      id: "worker-takes-legacy",
      what: "the module seals all jobs of this worker, which still takes jobs in the legacy form",
      meaning: "Anyone with the shared key can run commands on this worker.",
      advice: "Set envelope=v2 at the worker.",
    });
  else notes.fine();
  examineIdentity(module, keys, sealed, notes);
}

function examineKeys(sealed: readonly string[], keys: IdentityKeys | undefined, notes: Notes): void {
  const missing = sealed.filter(
    (name) => keys?.jobs.some((job) => job.queue.toString("latin1") === name) !== true,
  );
  if (missing.length === 0) notes.fine();
  else
    notes.critical({
      id: "worker-without-keys",
      what: `the module seals jobs of ${missing.join(", ")}, for which the worker has no key`,
      meaning: "The worker takes these jobs and cannot read them: their checks end as lost.",
      advice:
        "Enrol the worker for these queues (mod_gearman_enroll issue), or take them from its configuration.",
    });
}

function examineIdentity(
  { identities }: ModuleOptions,
  { name }: IdentityKeys,
  sealed: readonly string[],
  notes: Notes,
): void {
  if (identities === undefined || sealed.length === 0) return;
  const identity = new IdentityList(identities)
    .all()
    .find((one) => one.name === name && one.kind === "worker");
  const missing = sealed.filter((queue) => identity?.grants.includes(queue) !== true);
  if (identity?.isRevoked === true)
    notes.critical({
      id: "worker-revoked",
      what: `the worker of this machine, ${name}, is revoked`,
      meaning: "Its results are refused, and it takes no jobs any more.",
      advice: "Stop it, or enrol this machine under another name.",
    });
  else if (missing.length > 0)
    notes.critical({
      id: "worker-not-listed",
      what: `the list of identities has no line for worker ${name} and ${missing.join(", ")}`,
      meaning: "The worker runs these checks, and their results are refused.",
      advice: `mod_gearman_enroll issue ${name} --queue=${missing.join(",")}`,
    });
  else notes.fine();
}
