import type { CheckEnd } from "@mod-gearman/remote-check";
import { Notes } from "../finding.ts";

/** Answer of a worker of a queue to a harmless check. */
export interface QueueAnswer {
  readonly queue: string;
  readonly server: string;
  /** Whether the job was sealed with a key of that queue. */
  readonly isSealed: boolean;
  readonly answer: CheckEnd;
}

/** What came of the test jobs. */
interface CheckAnswers {
  readonly checks: readonly QueueAnswer[];
  /** Why none were sent, or not all. */
  readonly why?: string | undefined;
  /** Messages that could not be read, of any sender. */
  readonly unread?: number | undefined;
}

const NO_ANSWER = {
  "no-result": "the worker took the job, but no result came",
  unfinished: "a worker took the job, and did not finish it in time",
  "not-taken": "no worker took the job in time",
} as const;

const SHARED_KEY = {
  meaning:
    "The worker has another key than this machine, or only one of both encrypts: its checks end as orphans.",
  advice:
    "Compare the fingerprints that this program prints on both machines; copy the key file and restart the worker.",
};
const SEALED_KEY = {
  meaning:
    "The worker's keys are of another master file or not for this queue, or the list of identities refuses it: its checks end as orphans.",
  advice:
    "Enrol the worker for this queue (mod_gearman_enroll issue), or correct its line in the list of identities; its log has the reason.",
};

/** A check all the way: through key, queue, worker and result queue. */
export function examineCheck({ checks, why, unread = 0 }: CheckAnswers): Notes {
  const notes = new Notes("check");
  if (why !== undefined) notes.skip(`a check all the way: ${why}`);
  if (unread > 0) notes.fact("messages on the queues of answers that could not be read", String(unread));
  for (const { queue, server, isSealed, answer } of checks) {
    const place = `queue ${queue} at ${server}`;
    switch (answer.kind) {
      case "result":
        notes.fine();
        notes.fact(place, waysOf(answer));
        break;
      case "refused":
        notes.critical(keyTold(`a worker of ${place} could not read a test job`, isSealed));
        break;
      case "unreadable":
      case "clear":
      case "sealed":
        notes.critical(keyTold(`the result from a worker of ${place} cannot be read`, isSealed));
        break;
      case "untaken":
        notes.critical(keyTold(`the module would refuse a result from ${place}: ${answer.why}`, isSealed));
        break;
      case "no-result":
      case "unfinished":
      case "not-taken":
        notes.critical({
          id: "no-answer",
          what: `${place}: ${NO_ANSWER[answer.kind]}`,
          meaning: "Checks of this queue end as orphans.",
          advice:
            "Look at the worker's log: other job servers for results, another key, or all slots busy with plugins that hang.",
        });
        break;
      case "broken":
        notes.critical({
          id: "job-not-sent",
          what: `${place}: a test job could not be sent: ${answer.text}`,
          meaning: "The job server takes no jobs: limits, a store that refuses, or rights of the listener.",
          advice: "Look at the job server's log.",
        });
    }
  }
  return notes;
}

function keyTold(
  what: string,
  isSealed: boolean,
): { id: string; what: string; meaning: string; advice: string } {
  return { id: "worker-key", what, ...(isSealed ? SEALED_KEY : SHARED_KEY) };
}

/** Time per hop, as far as the times in the result tell; those of the worker are by its own clock. */
function waysOf({ result, sentMicros, receivedMicros }: Extract<CheckEnd, { kind: "result" }>): string {
  const whole = milliseconds(receivedMicros - sentMicros);
  const { startTime, finishTime, source } = result;
  const plugin =
    startTime === undefined || finishTime === undefined ? undefined : milliseconds(finishTime - startTime);
  const parts = plugin === undefined ? "" : `, plugin ${plugin} ms, on the way ${whole - plugin} ms`;
  return `${whole} ms there and back${parts} (${source?.toString("latin1").slice(0, 100) ?? "unnamed worker"})`;
}

function milliseconds(micros: bigint): number {
  return Number(micros / 1000n);
}
