import type { QueueCommand, QueueOptions } from "@mod-gearman/config";
import { encodeQueueWord, parseQueueCounts } from "@mod-gearman/protocol";
import { drain } from "./drain.ts";
import { readQueues } from "./queue-row.ts";
import { type Answer, isUnknown, nameText, problemOf, type ServerTalk } from "./server-talk.ts";
import { showOf, withProgress } from "./shown-progress.ts";
import type { World } from "./world.ts";

export type Change = Exclude<QueueCommand, { verb: "list" | "peek" }>;
type Environment = Pick<World, "stdout" | "stderr" | "confirm" | "dial" | "clock" | "progress">;

/** What was done, or why not. */
type Outcome = { readonly done: string } | { readonly problem: string };

const IMPOSSIBLE = {
  pause:
    "this job server cannot pause a queue: stop the workers of the queue, or use the job server of mod-gearman-ts",
  resume: "this job server cannot pause a queue, so none is paused",
  move: "this job server cannot move jobs: taken out and submitted again they would lose their clients",
  "cancel-unique": "this job server cancels jobs by their handle only (gearadmin --show-jobs)",
} as const;

/** Changes queues of all servers, one after the other. @returns exit code */
export async function change(
  talks: readonly ServerTalk[],
  command: Change,
  options: QueueOptions,
  environment: Environment,
): Promise<number> {
  let exitCode = 0;
  for (const talk of talks) {
    for (const one of singlesOf(command)) {
      const outcome = await perform(talk, one, options, environment);
      if ("problem" in outcome) {
        exitCode = 1;
        environment.stderr(`mod_gearman_queue: ${talk.name}: ${labelOf(one)}${outcome.problem}\n`);
      } else environment.stdout(`${talk.name}: ${outcome.done}\n`);
    }
  }
  return exitCode;
}

/** One step of a command: one queue, or one job. */
type Single =
  | { readonly verb: "pause" | "resume"; readonly name: string }
  | { readonly verb: "purge"; readonly name: string }
  | { readonly verb: "cancel"; readonly name: string }
  | Extract<Change, { verb: "cancel-unique" | "move" }>;

function singlesOf(command: Change): Single[] {
  if ("queues" in command) return command.queues.map((name): Single => ({ verb: command.verb, name }));
  if ("handles" in command) return command.handles.map((name) => ({ verb: command.verb, name }));
  return [command];
}

function labelOf(one: Single): string {
  if (one.verb === "move") return `${nameText(one.from)} to ${nameText(one.to)}: `;
  return `${nameText(one.verb === "cancel-unique" ? one.unique : one.name)}: `;
}

function perform(
  talk: ServerTalk,
  one: Single,
  options: QueueOptions,
  environment: Environment,
): Promise<Outcome> {
  if (one.verb === "purge") return purge(talk, one.name, options, environment);
  if (one.verb === "cancel" || one.verb === "cancel-unique") return cancel(talk, one, options, environment);
  return act(talk, one, options, environment);
}

async function act(
  talk: ServerTalk,
  one: Exclude<Single, { verb: "purge" | "cancel" | "cancel-unique" }>,
  { count }: QueueOptions,
  environment: Environment,
): Promise<Outcome> {
  if (one.verb !== "move") {
    const answer = await talk.ask(`queue ${one.verb} ${encodeQueueWord(one.name)}`);
    if (isUnknown(answer)) return { problem: IMPOSSIBLE[one.verb] };
    const problem = problemOf(answer);
    if (problem !== undefined) return { problem };
    return { done: `${nameText(one.name)} is ${one.verb === "pause" ? "paused" : "not paused"}` };
  }
  const most = count === undefined ? "" : ` ${count}`;
  const command = `queue move ${encodeQueueWord(one.from)} ${encodeQueueWord(one.to)}${most}`;
  const watched = { talk, queue: one.from, what: "jobs moved" };
  const answer = await withProgress(watched, environment, () => talk.ask(command, true));
  if (isUnknown(answer)) return { problem: IMPOSSIBLE.move };
  const problem = problemOf(answer);
  if (problem !== undefined) return { problem };
  const { moved = 0, equal = 0, "not-stored": notStored = 0, full = 0 } = numbersOf(answer);
  const stayed = [
    ...(equal > 0 ? [`${equal} stayed, there are jobs with the same key`] : []),
    ...(notStored > 0 ? [`${notStored} stayed, the store refused them`] : []),
    ...(full > 0 ? ["the rest stayed, a limit of the other queue is reached"] : []),
  ];
  return {
    done: [`${moved} jobs of ${nameText(one.from)} moved to ${nameText(one.to)}`, ...stayed].join("; "),
  };
}

async function purge(
  talk: ServerTalk,
  queue: string,
  options: QueueOptions,
  environment: Environment,
): Promise<Outcome> {
  const table = await readQueues(talk);
  if (typeof table === "string") return { problem: table };
  const row = table.rows.find(({ name }) => name === queue);
  if (row === undefined) return { problem: "there is no such queue" };
  if (table.kind === "gearmand" && !options.force)
    return {
      problem:
        "this job server has no command for it; --force takes its jobs as a worker does, and fails them",
    };
  const question = `Drop ${row.waiting} waiting jobs of ${nameText(queue)} at ${talk.name}?`;
  const refusal = await refusalOf(question, options, environment);
  if (refusal !== undefined) return { problem: refusal };
  if (table.kind === "gearmand") {
    const line = environment.progress?.();
    const { taken, problem } = await drain(talk, queue, row.waiting, {
      dial: environment.dial,
      onTaken: (count) => line && showOf(line, count, row.waiting, "jobs taken"),
    });
    line?.clear();
    return problem === undefined
      ? { done: `${taken} jobs of ${nameText(queue)} taken and failed` }
      : { problem };
  }
  const command = `queue purge ${encodeQueueWord(queue)}`;
  const watched = { talk, queue, what: "jobs dropped" };
  const answer = await withProgress(watched, environment, () => talk.ask(command, true));
  const problem = problemOf(answer);
  if (problem !== undefined) return { problem };
  return { done: `${numbersOf(answer).dropped ?? 0} jobs of ${nameText(queue)} dropped` };
}

async function cancel(
  talk: ServerTalk,
  one: Extract<Single, { verb: "cancel" | "cancel-unique" }>,
  options: QueueOptions,
  environment: Environment,
): Promise<Outcome> {
  const isByHandle = one.verb === "cancel";
  const key = isByHandle ? one.name : one.unique;
  const where = !isByHandle && one.queue !== undefined ? ` ${encodeQueueWord(one.queue)}` : "";
  const question = isByHandle
    ? `Cancel job ${nameText(key)} at ${talk.name}?`
    : `Cancel the jobs with key ${nameText(key)} at ${talk.name}?`;
  const refusal = await refusalOf(question, options, environment);
  if (refusal !== undefined) return { problem: refusal };
  const answer = await talk.ask(
    `queue cancel ${isByHandle ? "job" : "unique"} ${encodeQueueWord(key)}${where}`,
  );
  if (isUnknown(answer)) {
    if (!isByHandle) return { problem: IMPOSSIBLE["cancel-unique"] };
    const classic = await talk.ask(`cancel job ${key}`);
    const problem = problemOf(classic);
    return problem === undefined ? { done: `${nameText(key)} cancelled` } : { problem };
  }
  const problem = problemOf(answer);
  if (problem !== undefined) return { problem };
  const { waiting = 0, running = 0 } = numbersOf(answer);
  const parts = [
    ...(waiting > 0 ? [`${waiting} waiting`] : []),
    ...(running > 0 ? [`${running} running (the worker goes on, its result is dropped)`] : []),
  ];
  return { done: `${nameText(key)} cancelled: ${parts.join(", ")}` };
}

/** Why jobs must not be dropped; undefined if they may. */
async function refusalOf(
  question: string,
  { yes }: QueueOptions,
  { confirm }: Environment,
): Promise<string | undefined> {
  if (yes) return undefined;
  if (confirm === undefined) return "this drops jobs: --yes is needed where nobody can be asked";
  return (await confirm(`${question} [y/N] `)) ? undefined : "not confirmed, nothing was done";
}

/** `OK moved=1 equal=0` */
function numbersOf(answer: Answer): Partial<Record<string, number>> {
  return answer.kind === "line" ? parseQueueCounts(answer.line) : {};
}
