import { Notes } from "../finding.ts";
import { programOf, type ServerLook } from "../server-look.ts";
import type { Site } from "../site.ts";
import type { World } from "../world.ts";

const NODE_NEEDED = [22, 13] as const;
const MODULE_BYTES = 4_194_304;
const CORE_TIMEOUT_MS = 5000;
/** Releases of gearmand with jobs that are lost or stuck, or without what is needed. */
const OLDEST_GEARMAND = [1, 1, 12] as const;
const OLDEST = { Naemon: [1, 0], Nagios: [4, 4] } as const;

/** Versions of every part that can be asked. */
export async function examineVersion(site: Site, looks: readonly ServerLook[], world: World): Promise<Notes> {
  const notes = new Notes("version");
  if (isBelow(numbersOf(world.nodeVersion), NODE_NEEDED))
    notes.critical({
      id: "node-old",
      what: `Node.js ${world.nodeVersion} runs these programs, ${NODE_NEEDED.join(".")} is needed`,
      meaning: "Programs of the suite refuse to start, or miss what they need.",
      advice: "Install the package mod-gearman-ts-runtime, or a current Node.js.",
    });
  else notes.fine();
  notes.fact("mod_gearman_doctor", world.version);
  for (const look of looks) {
    examineServer(look, notes);
    examineWorkers(look, world.version, notes);
  }
  examineModule(site, world, notes);
  await examineCore(site, world, notes);
  return notes;
}

function examineServer({ name, version, failure }: ServerLook, notes: Notes): void {
  if (failure !== undefined) return;
  notes.fact(`job server ${name}`, version === "" ? "tells no version" : version);
  const numbers = numbersOf(version);
  const isOurs = version.includes("mod-gearman") || numbers[0] === 0;
  if (version === "" || isOurs || !isBelow(numbers, OLDEST_GEARMAND)) notes.fine();
  else
    notes.warning({
      id: "gearmand-old",
      what: `job server ${name} is gearmand ${version}`,
      meaning: "Releases before 1.1.12 lose or repeat jobs under load.",
      advice: "Install gearmand 1.1.20 or later, or the package mod-gearman-ts-server.",
    });
}

function examineWorkers({ workers, name }: ServerLook, own: string, notes: Notes): void {
  const others = new Map<string, string>();
  for (const line of workers) {
    const found = programOf(line);
    if (found !== undefined && found.version !== own)
      others.set(`${found.program} ${found.who}`, found.version);
  }
  if (others.size === 0) {
    notes.fine();
    return;
  }
  const list = [...others].slice(0, 10).map(([who, version]) => `${who} (${version})`);
  notes.warning({
    id: "versions-differ",
    what: `at ${name} are programs of another version than ${own}: ${list.join(", ")}${others.size > list.length ? " …" : ""}`,
    meaning: "Versions work together during an upgrade; nobody tests them together for ever.",
    advice: "Bring all machines to one version (docs/upgrade.md).",
  });
}

/** The module's file contains the version that it says at its start. */
function examineModule({ brokerLines }: Site, { machine, version }: World, notes: Notes): void {
  const [line] = brokerLines;
  if (line === undefined) return;
  const text = machine.read(line.file, MODULE_BYTES)?.toString("latin1");
  if (text === undefined || !text.startsWith("\x7fELF")) return;
  if (!text.includes("the core runs everything itself")) {
    notes.warning({
      id: "classic-module",
      what: `${line.file} is not the module of this suite`,
      meaning:
        "The classic module works with these workers, but knows nothing of the bridge and waits for its job server in the core's main thread.",
      advice: "Install mod-gearman-ts-module and name its file on the broker_module line.",
    });
    return;
  }
  if (new RegExp(`(?:^|\\0)${version.replaceAll(".", "\\.")}\\0`).test(text)) notes.fine();
  else
    notes.warning({
      id: "module-version",
      what: `${line.file} is of another version than the programs (${version})`,
      meaning:
        "A bridge of another version than the module is replaced at the next start, if there is one that fits.",
      advice: "Install module and bridge from one package and restart the core.",
    });
}

async function examineCore({ core }: Site, world: World, notes: Notes): Promise<void> {
  if (core === undefined) return;
  const program = await coreProgram(core.path, world);
  if (program === undefined) {
    notes.skip("the core's version: no program of a core was found");
    return;
  }
  const { name, version } = program;
  notes.fact("core", `${name} ${version}`);
  if (!isBelow(numbersOf(version), OLDEST[name])) notes.fine();
  else
    notes.critical({
      id: "core-old",
      what: `the core is ${name} ${version}`,
      meaning: `The module works with ${name} ${OLDEST[name].join(".")} and later; with others it takes nothing over.`,
      advice: "Use a current core.",
    });
}

/** Programs by the folder of the configuration: a core is mostly installed with its prefix. */
async function coreProgram(
  config: string,
  { machine }: World,
): Promise<{ name: "Naemon" | "Nagios"; version: string } | undefined> {
  const prefix = config.replace(/\/etc\/.*$/, "");
  const names = ["naemon", "nagios4", "nagios"];
  const files = ["bin", "sbin"].flatMap((folder) =>
    [...new Set([prefix, "/usr", "/usr/local/nagios"])].flatMap((root) =>
      names.map((name) => `${root}/${folder}/${name}`),
    ),
  );
  for (const file of files) {
    if (machine.facts(file)?.kind !== "file") continue;
    const { text } = await machine.run(file, ["-V"], CORE_TIMEOUT_MS);
    const match = /\b(Naemon|Nagios)\b[^\d\n]*(\d+(?:\.\d+)+)/.exec(text);
    if (match !== null) return { name: match[1] as "Naemon" | "Nagios", version: match[2] ?? "" };
  }
  return undefined;
}

function numbersOf(version: string): number[] {
  return (/\d+(?:\.\d+)*/.exec(version)?.[0] ?? "").split(".").map(Number);
}

function isBelow(version: readonly number[], wanted: readonly number[]): boolean {
  for (const [at, number] of wanted.entries()) {
    const has = version[at] ?? 0;
    if (has !== number) return has < number;
  }
  return false;
}
