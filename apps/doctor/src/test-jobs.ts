import { type CheckEnd, CheckSealing, ownQueue, RemoteChecks } from "@mod-gearman/remote-check";
import type { QueueAnswer } from "./areas/check.ts";
import { isSealed, queuesOf } from "./module-queues.ts";
import { MAX_PLUGINS, pluginScript } from "./plugin-script.ts";
import type { ServerLook } from "./server-look.ts";
import type { Site } from "./site.ts";
import type { World } from "./world.ts";

const MAX_QUEUES = 10;
const PROGRAM = "mod_gearman_doctor";
/** Answers asked for per queue, so that several workers of it are met. */
const PER_QUEUE = 3;

export interface TestJobs {
  readonly checks: readonly QueueAnswer[];
  readonly plugins: readonly QueueAnswer[];
  /** Why none were sent. */
  readonly why?: string | undefined;
}

interface Asked {
  readonly site: Site;
  readonly looks: readonly ServerLook[];
  /** Undefined: without encryption. */
  readonly key: Buffer | undefined;
  readonly plugins: readonly string[];
  readonly timeoutMs: number;
}

/** Sends harmless checks to the queues that have workers, at each server that answers. */
export async function sendTestJobs(asked: Asked, world: World): Promise<TestJobs> {
  const rows = asked.looks.flatMap((look) => queuesToAsk(asked.site, look).map((queue) => ({ look, queue })));
  if (rows.length === 0)
    return { checks: [], plugins: [], why: "no queue of checks in the legacy form has a worker" };
  const checks: QueueAnswer[] = [];
  const plugins: QueueAnswer[] = [];
  for (const look of asked.looks) {
    const queues = rows.filter((row) => row.look === look).map(({ queue }) => queue);
    if (queues.length === 0) continue;
    const questions = new WorkerQuestions(look.server, asked, world);
    try {
      const asks = queues.map(async (queue) => {
        const at = { queue, server: look.name };
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
    }
  }
  return { checks, plugins: onePerWorker(plugins) };
}

/** Test jobs at one server; each is a service of its own. */
class WorkerQuestions {
  readonly #checks: RemoteChecks;
  readonly #timeoutMs: number;
  readonly #world: World;

  constructor(server: ServerLook["server"], { key, timeoutMs }: Asked, world: World) {
    this.#timeoutMs = timeoutMs;
    this.#world = world;
    const nowMs = (): number => Number(world.nowMicros() / 1000n);
    this.#checks = new RemoteChecks(
      {
        ...{ server, timeoutMs, clientId: Buffer.from(PROGRAM) },
        resultQueue: ownQueue(PROGRAM, world.hostName, world.random()),
        sealing: new CheckSealing({ encryption: key !== undefined, key }, nowMs),
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

  close(): Promise<void> {
    return this.#checks.close();
  }
}

/** Queues of checks with workers, without those whose jobs are sealed: only the bridge has the keys of these. */
function queuesToAsk({ module, worker }: Site, { queues }: ServerLook): string[] {
  const options = module?.loaded?.options;
  const served = queues.filter(({ workers }) => workers > 0).map(({ queue }) => queue.toString("latin1"));
  const wanted =
    options === undefined
      ? (worker?.loaded?.options.functions() ?? []).map((name) => name.toString("latin1"))
      : queuesOf(options).checks;
  const known = wanted.length === 0 ? ["host", "service"] : wanted;
  return served
    .filter((name) => known.includes(name) && name !== "eventhandler" && name !== "notification")
    .filter((name) => options === undefined || !isSealed(name, options))
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
