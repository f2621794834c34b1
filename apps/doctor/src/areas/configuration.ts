import type { Loaded } from "@mod-gearman/config";
import { Notes } from "../finding.ts";
import { isAboutKey } from "../key-matters.ts";
import { meetingServers } from "../meeting-servers.ts";
import type { Configuration, Site } from "../site.ts";
import type { World } from "../world.ts";

const MAX_WARNINGS = 20;

/** The files of module and worker, each by itself and both together. */
export async function examineConfiguration(site: Site, world: World): Promise<Notes> {
  const notes = new Notes("configuration");
  examineOne("module", site.module, notes);
  examineOne("worker", site.worker, notes);
  const [module, worker] = [site.module?.loaded?.options, site.worker?.loaded?.options];
  if (module === undefined || worker === undefined) {
    notes.skip(
      "whether module and worker agree: this machine does not have both configurations, or one is unusable",
    );
    return notes;
  }
  if (module.encryption === worker.encryption) notes.fine();
  else
    notes.critical({
      id: "encryption-differs",
      what: `encryption is ${onOff(module.encryption)} in the module and ${onOff(worker.encryption)} in the worker`,
      meaning: "Jobs cannot be read by the worker, or its results are refused: checks end as orphans.",
      advice:
        "Set encryption=yes in both files, with the same key, and restart the worker and reload the core.",
    });
  if (await meetingServers(module.servers, worker.servers, world)) notes.fine();
  else
    notes.critical({
      id: "no-common-server",
      what: "module and worker use different job servers",
      meaning: "Jobs are put where this worker never looks for them.",
      advice: "Give both the same server= lines.",
    });
  return notes;
}

function examineOne<T>(
  program: "module" | "worker",
  found: Configuration<T> | undefined,
  notes: Notes,
): void {
  if (found === undefined) {
    notes.skip(
      `the configuration of the ${program}: none was found on this machine (--${program}-config names it)`,
    );
    return;
  }
  if (found.loaded !== undefined) {
    adviseOn(program, found.loaded, notes);
    return;
  }
  if (found.isKeyProblem) return; // the area of keys has it
  notes.critical({
    id: `${program}-unusable`,
    what: `the configuration of the ${program} cannot be used: ${found.problem} [${found.from}]`,
    meaning: `The ${program} does not start with it, or keeps the configuration that it had before.`,
    advice: `Correct the file; ${program === "module" ? "mod_gearman_bridge" : "mod_gearman_worker"} --check-config shows the result.`,
  });
}

function adviseOn<T>(program: string, { warnings }: Loaded<T>, notes: Notes): void {
  const advice = warnings.filter(({ level, text }) => level === "warn" && !isAboutKey(text));
  if (advice.length === 0) notes.fine();
  for (const { text, where } of advice.slice(0, MAX_WARNINGS))
    notes.warning({
      id: `${program}-advice`,
      what: `${program}: ${text}${where === "" ? "" : ` (${where})`}`,
      meaning: "The line does not do what it seems to do.",
      advice: "Correct or remove it.",
    });
  if (advice.length > MAX_WARNINGS)
    notes.skip(`${advice.length - MAX_WARNINGS} further warnings of the ${program}'s files`);
}

function onOff(value: boolean): string {
  return value ? "on" : "off";
}
