import { Notes } from "../finding.ts";
import { fingerprint, isAboutKey } from "../key-matters.ts";
import type { Configuration, Site } from "../site.ts";

interface KeyOwner {
  readonly program: "module" | "worker";
  readonly encryption: boolean;
  readonly key: Buffer | undefined;
}

/** Keys: that there is one, that only the services can read it, and that module and worker have the same. */
export function examineKey(site: Site): Notes {
  const notes = new Notes("key");
  const owners = [ownerOf("module", site.module, notes), ownerOf("worker", site.worker, notes)].filter(
    (owner) => owner !== undefined,
  );
  if (owners.length === 0) {
    notes.skip("keys: no usable configuration was found on this machine");
    return notes;
  }
  for (const owner of owners) examineOwner(owner, notes);
  const [one, other] = owners;
  if (one?.key !== undefined && other?.key !== undefined) compare(one.key, other.key, notes);
  return notes;
}

function ownerOf<T extends { readonly encryption: boolean; readonly key?: Buffer | undefined }>(
  program: KeyOwner["program"],
  found: Configuration<T> | undefined,
  notes: Notes,
): KeyOwner | undefined {
  if (found === undefined) return undefined;
  if (found.loaded === undefined) {
    if (found.isKeyProblem)
      notes.critical({
        id: "key-unusable",
        what: `the ${program} has no usable key: ${found.problem} [${found.from}]`,
        meaning: `The ${program} does not start.`,
        advice:
          "Put the key that all machines of the site share into the file that keyfile= names (owner root, group of the service, mode 0640).",
      });
    return undefined;
  }
  for (const { text, where, level } of found.loaded.warnings) {
    if (level !== "warn" || !isAboutKey(text)) continue;
    notes.warning({
      id: "key-advice",
      what: `${program}: ${text}${where === "" ? "" : ` (${where})`}`,
      meaning: "Who knows or guesses the key can forge results, and run commands on every worker.",
      advice:
        "Use one key file with 32 random bytes (openssl rand -base64 24), the same on all machines; chown root:GROUP, chmod 0640.",
    });
  }
  const { encryption, key } = found.loaded.options;
  return { program, encryption, key };
}

function examineOwner({ program, encryption, key }: KeyOwner, notes: Notes): void {
  if (!encryption) {
    notes.warning({
      id: "encryption-off",
      what: `the ${program} uses no encryption`,
      meaning: "Whoever reaches the job server can send commands to the workers and results to the core.",
      advice: "Set encryption=yes and a keyfile= on all machines of the site.",
    });
    return;
  }
  if (key === undefined) return;
  notes.fine();
  notes.fact(`key of the ${program}`, `fingerprint ${fingerprint(key)}`);
}

function compare(one: Buffer, other: Buffer, notes: Notes): void {
  const [first, second] = [fingerprint(one), fingerprint(other)];
  if (first === second) notes.fine();
  else
    notes.critical({
      id: "keys-differ",
      what: `module and worker have different keys (fingerprints ${first} and ${second})`,
      meaning: "The worker cannot read the jobs of this core: checks end as orphans.",
      advice: "Copy the key file of the module to the worker and restart the worker.",
    });
}
