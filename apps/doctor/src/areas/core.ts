import {
  type BrokerBit,
  type BrokerLine,
  type CoreConfig,
  neededBrokerBits,
  shownBits,
} from "@mod-gearman/program";
import { Notes } from "../finding.ts";
import type { Site } from "../site.ts";
import type { Machine, World } from "../world.ts";

/** Bits of `event_broker_options` that most sites need, where the module's options cannot be read. Source: neb-module.md 1.3. */
const USUAL_BITS: readonly BrokerBit[] = [
  { value: 1, name: "BROKER_PROGRAM_STATE" },
  { value: 4, name: "BROKER_SERVICE_CHECKS" },
  { value: 8, name: "BROKER_HOST_CHECKS" },
  { value: 16, name: "BROKER_EVENT_HANDLERS" },
];
const ELF_HEAD_BYTES = 20;
const MACHINE_AT = 18;
const OWN_PROGRAM = "/proc/self/exe";
const LOG_BYTES = 1_048_576;

/** The core: that it loads the module, may, and did. */
export function examineCore(site: Site, { machine }: World): Notes {
  const notes = new Notes("core");
  const { core, unreadableCore, brokerLines } = site;
  if (unreadableCore !== undefined) {
    notes.critical({
      id: "core-unreadable",
      what: `${unreadableCore} cannot be read`,
      meaning: "The core's configuration was named, and is not there or not for this user.",
      advice: "Run this as root or as the core's user, or name another file with --core-config.",
    });
    return notes;
  }
  if (core === undefined) {
    notes.skip("the core: no configuration of a core was found on this machine (--core-config names it)");
    return notes;
  }
  const [line] = brokerLines;
  if (line === undefined) {
    notes.critical({
      id: "module-not-loaded",
      what: `no broker_module line of ${core.path} loads Mod-Gearman`,
      meaning: "The core runs all checks itself.",
      advice:
        "Add broker_module=/usr/lib/mod_gearman/mod_gearman.o config=/etc/mod-gearman/module.conf and restart the core.",
    });
    return notes;
  }
  examineLines(brokerLines, notes);
  examineFile(line, machine, notes);
  examineBrokerOptions(core, site, notes);
  examineSwitches(core, notes);
  examineLog(core, machine, notes);
  return notes;
}

function examineLines(lines: readonly BrokerLine[], notes: Notes): void {
  if (lines.length === 1) notes.fine();
  else
    notes.critical({
      id: "module-loaded-twice",
      what: `${lines.length} broker_module lines load a Mod-Gearman: ${lines.map(({ file }) => file).join(", ")}`,
      meaning: "Both take over every check; the second one undoes or doubles what the first did.",
      advice: "Keep one of the lines and restart the core.",
    });
}

/** The module's file: there, and for this kind of machine. */
function examineFile({ file }: BrokerLine, machine: Machine, notes: Notes): void {
  const problem = fileProblem(file, machine);
  if (problem === undefined) notes.fine();
  else
    notes.critical({
      id: "module-file",
      what: `${file} ${problem}`,
      meaning: "The core does not start, or starts without the module and runs all checks itself.",
      advice:
        "Install the package of the module for this machine, or correct the path on the broker_module line.",
    });
}

function fileProblem(file: string, machine: Machine): string | undefined {
  const head = machine.read(file, ELF_HEAD_BYTES);
  if (head === undefined) return "cannot be read";
  if (head.length < ELF_HEAD_BYTES || head.toString("latin1", 0, 4) !== "\x7fELF")
    return "is not a shared object";
  const own = machine.read(OWN_PROGRAM, ELF_HEAD_BYTES);
  if (
    own !== undefined &&
    own.length === ELF_HEAD_BYTES &&
    own.readUInt16LE(MACHINE_AT) !== head.readUInt16LE(MACHINE_AT)
  )
    return "is for another kind of processor";
  return undefined;
}

function examineBrokerOptions(core: CoreConfig, { module }: Site, notes: Notes): void {
  const options = module?.loaded?.options;
  const needed = options === undefined ? USUAL_BITS : neededBrokerBits(options);
  const text = core.get("event_broker_options") ?? "0";
  const value = Number.parseInt(text, 10);
  const missing = needed.filter((bit) => (value & bit.value) === 0);
  if (missing.length === 0) notes.fine();
  else
    notes.critical({
      id: "broker-options",
      what: `event_broker_options=${text} of ${core.path} leaves out ${shownBits(missing)}`,
      meaning:
        "The core does not tell the module about these events: it handles them itself, or nothing at all is taken over.",
      advice: "Set event_broker_options=-1 and restart the core.",
    });
}

function examineSwitches(core: CoreConfig, notes: Notes): void {
  const off = ["execute_service_checks", "execute_host_checks", "accept_passive_service_checks"].filter(
    (name) => core.get(name) === "0",
  );
  if (off.length === 0) notes.fine();
  else
    notes.warning({
      id: "checks-off",
      what: `${off.map((name) => `${name}=0`).join(", ")} in ${core.path}`,
      meaning: "The core starts none of these checks, or takes no results sent to it.",
      advice: "Set it to 1, unless it is meant so (a standby core).",
    });
  if (core.get("enable_environment_macros") === "1")
    notes.warning({
      id: "environment-macros",
      what: `enable_environment_macros=1 in ${core.path}`,
      meaning:
        "The core computes several hundred macros for each check that it runs, while plugins behind Mod-Gearman never see them.",
      advice: "Set it to 0, and pass what a plugin needs as arguments.",
    });
  else notes.fine();
}

/** What the module said when the core last started, as far as it is in the core's log. */
function examineLog(core: CoreConfig, machine: Machine, notes: Notes): void {
  const path = core.file("log_file");
  const text = path === undefined ? undefined : machine.read(path, LOG_BYTES, -LOG_BYTES)?.toString("latin1");
  const lines = text?.split("\n").filter((line) => line.includes("mod_gearman: ")) ?? [];
  const lastStart = lines.findLastIndex((line) => line.includes("mod_gearman: initialized version"));
  const refusal = lines.findLastIndex((line) =>
    /nothing is taken over|the core runs everything itself/.test(line),
  );
  if (refusal > lastStart)
    notes.critical({
      id: "module-passive",
      what: `the module took nothing over: ${afterName(lines[refusal] ?? "")}`,
      meaning: "The core runs all checks itself.",
      advice:
        "Correct what the line names. For a core that is not known yet, add its layout as a text file (README of the module).",
    });
  else if (lastStart >= 0) {
    notes.fine();
    notes.fact("module", afterName(lines[lastStart] ?? ""));
  } else notes.skip(`what the module said at its start: ${path ?? "the core's log"} does not show it`);
}

function afterName(line: string): string {
  return line
    .slice(line.indexOf("mod_gearman: ") + "mod_gearman: ".length)
    .trim()
    .slice(0, 300);
}
