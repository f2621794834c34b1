import { type Clock, omitUndefined } from "@mod-gearman/base";
import {
  type EnrolAnswer,
  EnvelopeOpener,
  EnvelopeSealer,
  type IdentityKeys,
  OwnKeys,
} from "@mod-gearman/crypto";
import type { BridgeLine, BridgeTalk } from "@mod-gearman/enrolment";
import { parseJob, printWorkerResult } from "@mod-gearman/payload";
import { Refusal, type World } from "./world.ts";

export interface KeyTest {
  readonly talk: BridgeTalk;
  readonly line: BridgeLine;
  readonly keys: IdentityKeys;
  readonly answer: EnrolAnswer;
  readonly clock: Clock;
  readonly world: Pick<World, "random" | "nowMs" | "hostName" | "print">;
}

const MAX_JOB_BYTES = 65_536;
const ASK_EVERY_MS = 100;
const ASK_TIMES = 50;
const BOOT_ID_BYTES = 16;

/**
 * A check of each queue, as far as that goes without the worker: the bridge's sealed job is opened with the key of the queue, its result
 * sealed with that of the worker, put into the result queue, and taken by the bridge. Of a sender: the bridge takes its key.
 *
 * @throws Refusal, AskError
 */
export async function testKeys({ talk, line, keys, answer, clock, world }: KeyTest): Promise<void> {
  await talk.ask("renew", keys);
  if (keys.kind === "sender") return world.print("test: the bridge takes the key of this sender");
  const { resultQueue } = answer;
  const { jobs = [] } = await talk.ask("test", keys);
  if (jobs.length === 0 || resultQueue === undefined)
    return world.print(
      "test: no queue of this worker has sealed jobs yet (envelope_queues), so none was tested",
    );
  const own = new OwnKeys(keys);
  const opener = new EnvelopeOpener({ direction: "job", keys: own, maxTextBytes: MAX_JOB_BYTES });
  const sealer = new EnvelopeSealer({ bootId: world.random(BOOT_ID_BYTES), nowMs: () => world.nowMs() });
  for (const { queue, data } of jobs) {
    const opened = opener.open(data, queue);
    if ("refused" in opened)
      throw new Refusal(`the job of queue ${queue} cannot be opened: ${opened.refused}`);
    await line.submit(resultQueue, sealer.seal(own.own, resultQueue, resultOf(opened.text, world)));
  }
  if (!(await haveCome(talk, keys, clock)))
    throw new Refusal(
      "the bridge has not taken the results of the test: its log says why; are workers of this site allowed in the list of identities?",
    );
  const names = jobs.map(({ queue }) => queue.toString()).join(", ");
  world.print(`test: a check of each queue went through job server and bridge: ${names}`);
}

function resultOf(job: Buffer, { nowMs, hostName }: Pick<World, "nowMs" | "hostName">): Buffer {
  const { hostName: host = Buffer.alloc(0), serviceDescription, jobId } = parseJob(job);
  const now = BigInt(nowMs()) * 1000n;
  return printWorkerResult({
    type: "active",
    hostName: host,
    ...omitUndefined({ serviceDescription, jobId }),
    startTime: now,
    finishTime: now,
    returnCode: 0,
    source: Buffer.from(`mod_gearman_enroll @ ${hostName}`),
    output: Buffer.from("enrolled"),
  });
}

/** Whether the bridge has taken all results, soon. */
async function haveCome(talk: BridgeTalk, keys: IdentityKeys, clock: Clock): Promise<boolean> {
  for (let at = 0; at < ASK_TIMES; at++) {
    if ((await talk.ask("tested", keys)).missing === 0) return true;
    await new Promise<void>((resolve) => {
      clock.setTimeout(resolve, ASK_EVERY_MS);
    });
  }
  return false;
}
