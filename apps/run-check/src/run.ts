import { printAddress, printable, printableBytes, type ServerAddress } from "@mod-gearman/base";
import { queryStatus } from "@mod-gearman/client";
import type { RunOptions } from "@mod-gearman/config";
import type { JobForm } from "@mod-gearman/crypto";
import { NOT_APPLIED } from "@mod-gearman/program";
import { pluginSeconds } from "./planned-run.ts";
import type { World } from "./world.ts";

const UNKNOWN = 3;
const MOST_ANSWER_MS = 10_000;

type Environment = Omit<World, "argv">;

/**
 * Runs the check and prints its result.
 *
 * @returns its state; 3 without a result
 */
export async function run(options: RunOptions, world: Environment): Promise<number> {
  const beganMs = world.clock.monotonicMs();
  const command = await commandOf(options, world);
  if (typeof command === "number") return command;
  const leftMs = Math.max(
    1,
    Math.ceil(options.timeoutSeconds * 1000 - (world.clock.monotonicMs() - beganMs)),
  );
  const { queue, commandLine, form, mostSeconds } = command;
  const problem = problemOf(options, queue, form);
  if (problem !== undefined) {
    complain(world, problem);
    return UNKNOWN;
  }
  const server = await Promise.race([serverWithWorker(options.servers, queue, leftMs, world), world.stopped]);
  if (typeof server === "number") return server;
  if (server === undefined) return UNKNOWN;
  const { SentCheck } = await import("./sent-check.ts");
  const startMs = world.clock.monotonicMs();
  const plan = {
    ...{ queue, commandLine, form, timeoutMs: leftMs },
    timeoutSeconds: pluginSeconds(leftMs, mostSeconds),
  };
  const check = new SentCheck(server, options, plan, world);
  try {
    const outcome = await Promise.race([check.run(), world.stopped]);
    if (typeof outcome === "number") return outcome;
    if (outcome.kind === "none") {
      complain(world, outcome.text);
      return UNKNOWN;
    }
    const { result, isApplied } = outcome;
    const seconds = (world.clock.monotonicMs() - startMs) / 1000;
    const state = result.returnCode >= 0 && result.returnCode <= UNKNOWN ? result.returnCode : UNKNOWN;
    if (options.json) world.stdout(`${JSON.stringify(jsonOf(result, { state, isApplied, seconds }))}\n`);
    else world.stdout(endedByLine(printableBytes(result.output, "lines")));
    if (options.verbose)
      world.stderr(`${nameText(result.source ?? Buffer.from("unnamed worker"))}, ${seconds.toFixed(3)} s\n`);
    if (!options.apply || isApplied) return state;
    complain(world, "the result could not be sent to the core's queue");
    return UNKNOWN;
  } finally {
    await check.close();
  }
}

interface Command {
  readonly queue: Buffer;
  readonly commandLine: Buffer;
  readonly form: JobForm;
  /** That the core gives the plugin. */
  readonly mostSeconds?: number;
}

/** As given, else that of the last job of the object. @returns the exit code if there is none: it has been said why */
async function commandOf(options: RunOptions, world: Environment): Promise<Command | number> {
  const { command, queue, timeoutSeconds, masterFile, encryption } = options;
  const form = masterFile !== undefined ? "v2" : encryption ? "legacy" : "clear"; // by what is given
  if (command !== undefined && queue !== undefined) return { queue, commandLine: command, form };
  const { findCommand } = await import("./last-command.ts");
  const found = findCommand(options, timeoutSeconds * 1000, (text) => complain(world, text), world);
  const job = await Promise.race([found, world.stopped]);
  if (typeof job === "number") return job;
  const isSameQueue = queue?.equals(job.queue) !== false; // of another one the bridge has not said it
  return {
    queue: queue ?? job.queue,
    commandLine: job.commandLine,
    form: isSameQueue ? (job.form ?? form) : form,
    mostSeconds: job.timeoutSeconds,
  };
}

/** Why the job cannot be sent as asked for. */
function problemOf(
  { apply, key, senderIdentity }: RunOptions,
  queue: Buffer,
  form: JobForm,
): string | undefined {
  const jobs = `jobs of queue ${nameText(queue)}`;
  if (form === "legacy" && key === undefined)
    return `${jobs} are in the legacy form, encrypted with the password of the site: give it, too (--keyfile)`;
  return apply && form === "v2" && senderIdentity === undefined
    ? `${jobs} are sealed: ${NOT_APPLIED}`
    : undefined;
}

/** The first server that answers and has a worker for the queue; otherwise it has been said why there is none. */
async function serverWithWorker(
  servers: RunOptions["servers"],
  queue: Buffer,
  leftMs: number,
  world: Environment,
): Promise<ServerAddress | undefined> {
  const timeoutMs = Math.min(leftMs, MOST_ANSWER_MS);
  for (const server of servers) {
    const answer = await queryStatus(server, { timeoutMs, duplex: world.dial, clock: world.clock });
    const name = printable(printAddress(server));
    if (answer.kind !== "status") {
      complain(
        world,
        `${name}: ${"text" in answer ? printable(answer.text) : "no answer of a job server in time"}`,
      );
      continue;
    }
    const found = answer.queues.find((one) => one.queue.equals(queue));
    if (found !== undefined && found.workers > 0) return server;
    complain(world, `${name}: no worker takes jobs of queue ${nameText(queue)}`);
  }
  return undefined;
}

interface Facts {
  readonly state: number;
  readonly isApplied: boolean;
  /** From the submit to the result. */
  readonly seconds: number;
}

function jsonOf(
  result: { readonly returnCode: number; readonly output: Buffer; readonly source?: Buffer | undefined },
  { state, isApplied, seconds }: Facts,
) {
  const worker = result.source?.toString("utf8");
  return {
    state,
    returnCode: result.returnCode,
    output: result.output.toString("utf8"),
    worker,
    isApplied,
    seconds,
  };
}

function complain(world: Environment, text: string): void {
  world.stderr(`mod_gearman_run: ${text}\n`);
}

function nameText(name: Buffer): string {
  return printable(name.toString("utf8"));
}

function endedByLine(text: Buffer): Buffer {
  return text.at(-1) === 0x0a ? text : Buffer.concat([text, Buffer.from("\n")]);
}
