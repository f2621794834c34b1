import { splitCommand } from "@mod-gearman/protocol";
import { BadRequest } from "../core/errors.ts";
import { PRIORITIES } from "../core/job-request.ts";
import { parseInt64 } from "../core/numbers.ts";
import type { Steps } from "../core/steps.ts";
import type { AdminContext } from "./context.ts";
import { isQueueList, queueCommand } from "./queue-command.ts";
import {
  printCounters,
  printJobs,
  printPriorityStatus,
  printStatus,
  printUniques,
  printVisibleWorkers,
  printWorkers,
} from "./tables.ts";

const MAX_WORDS = 5;
const OK = "OK\r\n";

/**
 * Answer to one line of the text protocol, latin1; tables as steps, as they may be long. Source:
 * job-server.md 3. A promise: the peer has to wait.
 *
 * @throws BadRequest TOO_MANY_WORDS
 */
export function answerCommand(line: Buffer, context: AdminContext): string | Steps | Promise<string> {
  const words = splitCommand(line).map((word) => word.toString("latin1"));
  if (words.length > MAX_WORDS) throw new BadRequest("TOO_MANY_WORDS");
  const [command = "", ...args] = words;
  const name = command.toLowerCase();
  if (context.guard?.mayAdmin === false && commands.has(name) && !isReading(name, args)) {
    context.onDenied(name === "queue" ? `queue ${args[0] ?? ""}` : name);
    return "ERR NOT_ALLOWED Command+not+allowed+on+this+connection\r\n";
  }
  return commands.get(name)?.(args, context) ?? unknown(command);
}

/** Commands that change nothing. */
const READING: ReadonlySet<string> = new Set([
  "status",
  "prioritystatus",
  "workers",
  "version",
  "verbose",
  "getpid",
  "show",
]);

function isReading(name: string, args: readonly string[]): boolean {
  return READING.has(name) || (name === "queue" && isQueueList(args));
}

/** Undefined: answered as an unknown command. */
type Command = (
  args: readonly string[],
  context: AdminContext,
) => string | Steps | Promise<string> | undefined;

const commands = new Map<string, Command>([
  ["status", (_args, { queues, guard }) => printStatus(queues, guard)],
  ["prioritystatus", (_args, { queues, guard }) => printPriorityStatus(queues, guard)],
  ["workers", workers],
  ["version", (_args, { version }) => `OK ${version}\n`],
  ["verbose", (_args, { verbose }) => `OK ${verbose}\n`],
  ["getpid", (_args, { pid }) => `OK ${pid}\n`],
  ["show", show],
  ["cancel", cancel],
  ["queue", queueCommand],
  ["maxqueue", maxQueue],
  ["create", create],
  ["drop", drop],
  ["shutdown", shutdown],
]);

/** gearmand prints no separator between text and word. */
function unknown(command: string): string {
  return `ERR UNKNOWN_COMMAND Unknown+server+command${command}\r\n`;
}

function incomplete(command: string): string {
  return `ERR INVALID_ARGUMENTS An+incomplete+set+of+arguments+was+sent+to+this+command+${command}\r\n`;
}

function isWord(word: string | undefined, wanted: string): boolean {
  return word?.toLowerCase() === wanted;
}

function workers(_args: readonly string[], { peers, guard }: AdminContext): Steps {
  return guard === undefined ? printWorkers(peers) : printVisibleWorkers(peers, guard);
}

function show(args: readonly string[], { queues, guard }: AdminContext): string | Steps | undefined {
  if (args.length === 0) return undefined;
  if (args.length === 1 && isWord(args[0], "jobs")) return printJobs(queues, guard);
  if (args.length === 1 && isWord(args[0], "counters")) return printCounters(queues, guard);
  if (args.length === 2 && isWord(args[0], "unique") && isWord(args[1], "jobs"))
    return printUniques(queues, guard);
  return "ERR UNKNOWN_SHOW_ARGUMENTS\r\n";
}

function cancel(args: readonly string[], { queues }: AdminContext): string | undefined {
  const [what, handle] = args;
  if (handle === undefined) return undefined;
  if (args.length !== 2 || !isWord(what, "job")) return "ERR UNKNOWN_ERROR\r\n";
  const job = queues.jobs.find(handle);
  if (job === undefined) return "ERR UNKNOWN_JOB\r\n";
  queues.cancel(job);
  return OK;
}

/** One number applies to all priorities, else high, normal and low in this order; below 1 and text: no limit. */
function maxQueue(args: readonly string[], { queues }: AdminContext): string {
  const [name, ...numbers] = args;
  if (name === undefined) return incomplete("maxqueue");
  const jobFunction = queues.functions.find(name);
  if (jobFunction === undefined) return OK;
  const given = numbers.map((text) => Math.max(Number(parseInt64(Buffer.from(text, "latin1")) ?? 0n), 0));
  const [first = 0] = given;
  jobFunction.setLimits(PRIORITIES.map((priority) => (given.length === 1 ? first : (given[priority] ?? 0))));
  return OK;
}

function create(args: readonly string[], { queues }: AdminContext): string {
  const [what, name] = args;
  if (args.length !== 2 || name === undefined || !isWord(what, "function")) return incomplete("create");
  return queues.functionFor(name) === undefined ? `ERR CREATE_FUNCTION ${name}\r\n` : OK;
}

function drop(args: readonly string[], { queues }: AdminContext): string {
  const [what, name] = args;
  if (args.length !== 2 || name === undefined || !isWord(what, "function")) return incomplete("drop");
  const outcome = queues.functions.drop(name);
  if (outcome === "dropped") return OK;
  if (outcome === "unknown") return "ERR function not found\r\n";
  return "ERR there are still connected workers or executing clients\r\n";
}

/** Removed in gearmand 1.1; ours executes it if `allowShutdown` is set, for peers of this machine. */
function shutdown(args: readonly string[], context: AdminContext): string | undefined {
  const graceful = args.length === 1 && isWord(args[0], "graceful");
  if (context.shutdown === undefined || (args.length > 0 && !graceful)) return undefined;
  context.shutdown(graceful);
  return OK;
}
