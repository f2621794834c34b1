import {
  type CheckEnd,
  CheckSealing,
  ownQueue,
  RemoteChecks,
  type SealingOptions,
} from "@mod-gearman/remote-check";
import type { QueueAnswer } from "./areas/check.ts";
import { isSealed, queuesOf } from "./module-queues.ts";
import { MAX_PLUGINS, pluginScript } from "./plugin-script.ts";
import type { ServerLook } from "./server-look.ts";
import type { Site } from "./site.ts";
import type { World } from "./world.ts";

const MAX_QUEUES = 10;
const PROGRAM = "mod_gearman_doctor";
const NO_QUEUE = "no queue of checks for which there is a key on this machine has a worker";
const NO_KEY = "no key for jobs under the shared key: --keyfile names its file";
/** Answers asked for per queue, so that several workers of it are met. */
const PER_QUEUE = 3;
/** Of a sealed test job, as of a check at the bridge: a worker whose clock is ahead takes it, and tells its time. */
const LIFETIME_MS = 3_600_000;

export interface TestJobs {
  readonly checks: readonly QueueAnswer[];
  readonly plugins: readonly QueueAnswer[];
  /** Messages on the queues of answers that could not be read. */
  readonly unread?: number | undefined;
  /** Why none were sent, or not all. */
  readonly why?: string | undefined;
}

/** The shared key; `clear`: the configuration says that there is no encryption; `unknown`: such jobs cannot be made here. */
export type JobSecret = Buffer | "clear" | "unknown";

interface Asked {
  readonly site: Site;
  readonly looks: readonly ServerLook[];
  readonly secret: JobSecret;
  readonly plugins: readonly string[];
  readonly timeoutMs: number;
}

/** Sends harmless checks to the queues that have workers, at each server that answers. */
export async function sendTestJobs(asked: Asked, world: World): Promise<TestJobs> {
  const { site, secret } = asked;
  const known = asked.looks.flatMap((look) => queuesToAsk(site, look).map((queue) => ({ look, queue })));
  const rows = known.filter(({ queue }) => secret !== "unknown" || isSealedAt(site, queue));
  const why = rows.length < known.length ? NO_KEY : undefined;
  if (rows.length === 0) return { checks: [], plugins: [], why: why ?? NO_QUEUE };
  const checks: QueueAnswer[] = [];
  const plugins: QueueAnswer[] = [];
  let unread = 0;
  for (const look of asked.looks) {
    const queues = rows.filter((row) => row.look === look).map(({ queue }) => queue);
    if (queues.length === 0) continue;
    const questions = new WorkerQuestions(look.server, asked, world);
    try {
      const asks = queues.map(async (queue) => {
        const at = { queue, server: look.name, isSealed: isSealedAt(site, queue) };
        const answer = await questions.ask(queue, "/bin/echo mod_gearman_doctor");
        checks.push({ ...at, answer });
        if (answer.kind !== "result" || asked.plugins.length === 0) return;
        const commandLine = pluginScript(asked.plugins.slice(0, MAX_PLUGINS));
        const answers = await Promise.all(
          Array.from({ length: PER_QUEUE }, () => questions.ask(queue, commandLine)),
        );
        plugins.push(...answers.map((one) => ({ ...at, answer: one })));
      });
      await Promise.all(asks);
    } finally {
      await questions.close();
      unread += questions.unread;
    }
  }
  return { checks, plugins: onePerWorker(plugins), unread, why };
}

/** Test jobs at one server; each is a service of its own. */
class WorkerQuestions {
  readonly #checks: RemoteChecks;
  readonly #timeoutMs: number;
  readonly #world: World;

  constructor(server: ServerLook["server"], asked: Asked, world: World) {
    const { timeoutMs } = asked;
    this.#timeoutMs = timeoutMs;
    this.#world = world;
    const nowMs = (): number => Number(world.nowMicros() / 1000n);
    this.#checks = new RemoteChecks(
      {
        ...{ server, timeoutMs, clientId: Buffer.from(PROGRAM) },
        resultQueue: ownQueue(PROGRAM, world.hostName, world.random()),
        sealing: new CheckSealing(sealingOf(asked), nowMs),
      },
      world,
    );
  }

  ask(queue: string, commandLine: string): Promise<CheckEnd> {
    return this.#checks.run({
      queue: Buffer.from(queue, "latin1"),
      hostName: Buffer.from(PROGRAM),
      serviceDescription: Buffer.from(this.#world.random(), "latin1"),
      commandLine: Buffer.from(commandLine, "latin1"),
      timeoutSeconds: Math.max(1, Math.ceil(this.#timeoutMs / 1000)),
      timeoutMs: this.#timeoutMs,
    });
  }

  get unread(): number {
    return this.#checks.unread;
  }

  close(): Promise<void> {
    return this.#checks.close();
  }
}

/** As the module seals: with its files, where it has them. */
function sealingOf({ site, secret }: Asked): SealingOptions {
  const key = typeof secret === "string" ? undefined : secret;
  const { masterFile, identities } = site.module?.loaded?.options ?? {};
  return {
    encryption: key !== undefined,
    key,
    files: masterFile && { masterFile, identities },
    isSealed: (queue) => isSealedAt(site, queue.toString("latin1")),
    lifetimeMs: LIFETIME_MS,
  };
}

/** Whether the jobs of a queue are sealed. */
function isSealedAt({ module, worker }: Site, queue: string): boolean {
  const options = module?.loaded?.options;
  return options === undefined ? worker?.loaded?.options.envelope === "v2" : isSealed(queue, options);
}

/** Queues of checks with workers, without those whose jobs are sealed with keys that this machine does not have. */
function queuesToAsk(site: Site, { queues }: ServerLook): string[] {
  const options = site.module?.loaded?.options;
  const served = queues.filter(({ workers }) => workers > 0).map(({ queue }) => queue.toString("latin1"));
  const wanted =
    options === undefined
      ? (site.worker?.loaded?.options.functions() ?? []).map((name) => name.toString("latin1"))
      : queuesOf(options).checks;
  const known = wanted.length === 0 ? ["host", "service"] : wanted;
  return served
    .filter((name) => known.includes(name) && name !== "eventhandler" && name !== "notification")
    .filter((name) => options?.masterFile !== undefined || !isSealedAt(site, name))
    .slice(0, MAX_QUEUES);
}

function onePerWorker(answers: readonly QueueAnswer[]): QueueAnswer[] {
  const seen = new Set<string>();
  return answers.filter(({ answer }) => {
    if (answer.kind !== "result") return false;
    const who = answer.result.source?.toString("latin1") ?? "";
    const isNew = !seen.has(who);
    seen.add(who);
    return isNew;
  });
}
