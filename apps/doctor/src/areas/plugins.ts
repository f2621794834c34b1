import type { CoreCommands } from "../core-commands.ts";
import { Notes } from "../finding.ts";
import { MAX_PLUGINS, type PluginProblem, readPluginProblems } from "../plugin-script.ts";
import type { QueueAnswer } from "./check.ts";

/**
 * Plugins that checks use, on the machines of the workers.
 *
 * @param commands of the core; undefined if they are not known here
 * @param answers of workers to the script that looks for them
 */
export function examinePlugins(commands: CoreCommands | undefined, answers: readonly QueueAnswer[]): Notes {
  const notes = new Notes("plugins");
  if (commands === undefined) {
    notes.skip("plugins: the core's object cache was not found on this machine, or it does not run yet");
    return notes;
  }
  examineMacros(commands, notes);
  examineList(commands, notes);
  if (commands.plugins.length === 0) return notes;
  if (answers.length === 0) notes.skip("plugins: no worker could be asked");
  for (const answer of answers) examineAnswer(answer, notes);
  return notes;
}

function examineList({ isCut, plugins }: CoreCommands, notes: Notes): void {
  if (isCut) notes.skip("plugins: the object cache is longer than 64 MiB, its end was not read");
  if (plugins.length > MAX_PLUGINS)
    notes.skip(`plugins: checks use ${plugins.length}, the first ${MAX_PLUGINS} were looked for`);
}

function examineAnswer({ answer }: QueueAnswer, notes: Notes): void {
  if (answer.kind !== "result") return; // the area of checks has it
  const who = answer.result.source?.toString("latin1").slice(0, 100) ?? "a worker";
  const problems = readPluginProblems(answer.result.output.toString("latin1"));
  if (problems === undefined) notes.skip(`plugins: ${who} did not run the shell that looks for them`);
  else if (problems.length === 0) notes.fine();
  else for (const problem of problems) tell(problem, who, notes);
}

function examineMacros({ undefinedMacros, unreadable }: CoreCommands, notes: Notes): void {
  if (unreadable.length > 0) {
    notes.skip(`macros of plugins: ${unreadable.join(", ")} cannot be read by this user`);
    return;
  }
  if (undefinedMacros.size === 0) notes.fine();
  for (const [macro, command] of undefinedMacros)
    notes.critical({
      id: "macro-undefined",
      what: `command ${command} uses ${macro}, which no resource file defines`,
      meaning: "The core puts nothing there: the plugin is not found.",
      advice: "Define it in the core's resource file and reload the core.",
    });
}

function tell({ kind, path, detail }: PluginProblem, who: string, notes: Notes): void {
  const meaning = "Checks with this plugin become UNKNOWN or CRITICAL with exit code 126 or 127.";
  switch (kind) {
    case "missing":
      notes.critical({
        id: "plugin-missing",
        what: `${path} is not there for ${who}`,
        meaning,
        advice: "Install the plugin on that machine, or give its checks a queue of a worker that has it.",
      });
      break;
    case "not-executable":
      notes.critical({
        id: "plugin-not-executable",
        what: `${who} may not execute ${path}`,
        meaning,
        advice: `chmod 755 ${path} there; look at the modes of its folders, too.`,
      });
      break;
    case "no-interpreter":
      notes.critical({
        id: "plugin-without-interpreter",
        what: `${path} wants ${detail.trim() === "" ? "an interpreter" : detail}, which is not there for ${who}`,
        meaning,
        advice: "Install the interpreter; a line end of Windows after its name (CR) has the same effect.",
      });
  }
}
