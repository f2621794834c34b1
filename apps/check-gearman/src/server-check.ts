import { printAddress, type ServerAddress } from "@mod-gearman/base";
import { type CheckGearmanOptions, fromUtf8 } from "@mod-gearman/config";
import { chooseQueues } from "./queue-choice.ts";
import { judgeQueues, type Queue } from "./queue-rules.ts";
import { askServer, type ServerAnswer } from "./server-answer.ts";
import { readStaleMemory, StaleMemoryError, writeStaleMemory } from "./stale-memory.ts";
import { findStale, type GoneSince } from "./stale-queues.ts";
import {
  addressText,
  combine,
  EXIT_CODES,
  inLine,
  printLine,
  type ServerVerdict,
  type Verdict,
  worst,
} from "./verdict.ts";
import type { CheckWorld } from "./world.ts";

export interface PluginResult {
  readonly exitCode: number;
  /** Latin1. */
  readonly stdout: string;
}

interface Asked {
  readonly server: ServerAddress;
  readonly answer: ServerAnswer;
}

/**
 * Checks the queues of all servers at the same time. Source: tools.md 3.2, 3.3, T1–T5.
 *
 * @param timeoutMs for the whole check
 */
export async function checkServers(
  options: CheckGearmanOptions,
  timeoutMs: number,
  world: CheckWorld,
): Promise<PluginResult> {
  const asked = await Promise.all(
    options.servers.map(async (server) => ({ server, answer: await askServer(server, timeoutMs, world) })),
  );
  const stale = new StaleWatch(options, world);
  const verdicts = asked.map((one) => ({
    server: one.server,
    ...judgeServer(one, options, stale.of(one), world),
  }));
  const problem = stale.save();
  return print(asked, verdicts, problem, options);
}

function judgeServer(
  { server, answer }: Asked,
  options: CheckGearmanOptions,
  stale: ReadonlySet<string>,
  world: CheckWorld,
): Verdict {
  if (answer.kind !== "status") return { state: "CRITICAL", text: failureText(answer, server) };
  const { queues, missing } = chooseQueues(answer.queues, options, stale);
  for (const name of stale) world.note(`${addressText(server)}: queue ${inLine(name)} is stale, ignored`);
  const label = options.servers.length === 1 ? "" : `${addressText(server)}/`;
  const judged = judgeQueues(queues, options, { version: answer.version, label });
  const verdict = answer.queues.length === 0 ? withoutPerfdata(judged) : judged;
  if (missing.length === 0) return verdict;
  const alert = verdict.state === "OK" ? "" : verdict.text;
  return { ...verdict, state: worst([verdict.state, "WARNING"]), text: `${missing.join("")}${alert}` };
}

/** The text of a server without queues has no `|`. Source: tools.md 3.2. */
function withoutPerfdata({ state, text }: Verdict): Verdict {
  return { state, text };
}

/** Text about a server that did not send its status. Source: tools.md 3.3. */
export function failureText(
  answer: Exclude<ServerAnswer, { kind: "status" }>,
  server: ServerAddress,
): string {
  switch (answer.kind) {
    case "unreachable":
      return `failed to connect to address ${fromUtf8(server.host)} and port ${server.port}: ${answer.text}`;
    case "unknown-name":
      return answer.text;
    case "timeout":
      return `timeout while waiting for ${addressText(server)}`;
    case "invalid":
      return `got no valid data from ${addressText(server)}`;
  }
}

/** With one server byte for byte as the original, empty lines included. Source: tools.md 3.3. */
function print(
  asked: readonly Asked[],
  verdicts: readonly ServerVerdict[],
  problem: string | undefined,
  options: CheckGearmanOptions,
): PluginResult {
  const verdict = combine(verdicts);
  const kind = asked.length === 1 ? asked[0]?.answer.kind : undefined;
  if (kind === "timeout") return { exitCode: EXIT_CODES.CRITICAL, stdout: `${verdict.text}\n` };
  if (problem !== undefined) {
    const state = worst([verdict.state, "WARNING"]);
    const text = `${verdict.text.trimEnd()} - ${problem}`;
    return { exitCode: EXIT_CODES[state], stdout: printLine({ ...verdict, state, text }) };
  }
  const failed = kind === "unreachable" || kind === "unknown-name";
  const tail = failed && options.queue === undefined ? "\n" : "";
  return { exitCode: EXIT_CODES[verdict.state], stdout: `${printLine(verdict)}${tail}` };
}

const NOTHING: ReadonlySet<string> = new Set();

/** Finds stale queues, with the state file if one is given. */
class StaleWatch {
  readonly #options: CheckGearmanOptions;
  readonly #world: CheckWorld;
  readonly #memory: Map<string, GoneSince>;
  #problem: string | undefined;

  constructor(options: CheckGearmanOptions, world: CheckWorld) {
    this.#options = options;
    this.#world = world;
    this.#memory = new Map(this.#path === undefined ? [] : this.#try(readStaleMemory, this.#path));
    if (options.staleAfterSeconds !== undefined && options.staleState === undefined)
      world.note("no --stale-state: status queues without worker are ignored at once");
  }

  of({ server, answer }: Asked): ReadonlySet<string> {
    const { staleAfterSeconds, staleState } = this.#options;
    if (staleAfterSeconds === undefined || answer.kind !== "status") return NOTHING;
    const key = printAddress(server);
    const known = staleState === undefined ? undefined : (this.#memory.get(key) ?? new Map());
    const found = this.#find(answer.queues, known, staleAfterSeconds);
    this.#memory.delete(key); // move to the end: the oldest entries are dropped first
    this.#memory.set(key, found.since);
    return found.stale;
  }

  /** @returns the problem with the file, if any */
  save(): string | undefined {
    if (this.#path !== undefined && this.#problem === undefined) {
      this.#try((path) => writeStaleMemory(path, this.#memory), this.#path);
    }
    return this.#problem;
  }

  #find(queues: readonly Queue[], known: GoneSince | undefined, graceSeconds: number) {
    return findStale(queues, known, {
      nowSeconds: Number(this.#world.nowMicros() / 1_000_000n),
      graceSeconds,
    });
  }

  /** The file is used only if stale queues are ignored. */
  get #path(): string | undefined {
    const { staleAfterSeconds, staleState } = this.#options;
    return staleAfterSeconds === undefined ? undefined : staleState;
  }

  #try<T>(use: (path: string) => T, path: string): T | undefined {
    try {
      return use(path);
    } catch (error) {
      if (!(error instanceof StaleMemoryError)) throw error;
      this.#problem = `cannot use ${inLine(fromUtf8(path))}: ${inLine(error.message)}`;
      return undefined;
    }
  }
}
