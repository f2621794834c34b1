import { printAddress, type ServerAddress } from "@mod-gearman/base";
import { AdminConnection, type AdminQuery, adminFailureOf } from "@mod-gearman/client";
import {
  type AdminReply,
  encodeQueueWord,
  isUnknownCommand,
  parsePeekedJobLine,
  parseQueueCounts,
  queueRefusal,
} from "@mod-gearman/protocol";
import {
  ActionRefused,
  labelOf,
  PEEK_LIMITS,
  type PeekedJob,
  type Perform,
  peekAnswer,
  peekedJobOf,
  SAID,
} from "@mod-gearman/site-page";

/** Purges and moves answer when they are done. */
const TIMEOUT_MS = 30_000;

type Values = Parameters<Perform>[0];

/** What the page of the bridge can have done at the job servers of its configuration, by their text commands. */
export function askedActions(
  servers: () => readonly ServerAddress[],
  query: AdminQuery = AdminConnection.query,
): Record<string, Perform> {
  const ask = (values: Values, command: string): Promise<AdminReply> =>
    answerOf(serverOf(servers(), values), command, query);
  const queueWord = ({ queue = "" }: Values): string => wordOf(queue);
  return {
    pause: async (values) => {
      await ask(values, `queue pause ${queueWord(values)}`);
      return SAID.pause(values.queue ?? "", true);
    },
    resume: async (values) => {
      await ask(values, `queue resume ${queueWord(values)}`);
      return SAID.resume(values.queue ?? "", true);
    },
    purge: async (values) => {
      const { dropped = 0 } = countsOf(await ask(values, `queue purge ${queueWord(values)}`));
      return SAID.purge(values.queue ?? "", dropped);
    },
    move: async (values) => {
      const { queue = "", to = "" } = values;
      const counts = countsOf(await ask(values, `queue move ${queueWord(values)} ${wordOf(to)}`));
      const { moved = 0, equal = 0, "not-stored": notStored = 0, full = 0 } = counts;
      return SAID.move(queue, to, { moved, equal, notStored, isFull: full > 0 });
    },
    cancel: async (values) => {
      const { handle = "" } = values;
      const { waiting = 0 } = countsOf(await ask(values, `queue cancel job ${wordOf(handle)}`));
      return SAID.cancel(handle, waiting > 0);
    },
    peek: async (values) => {
      const { jobs, bytes } = PEEK_LIMITS;
      const table = await ask(values, `queue peek ${queueWord(values)} ${jobs} ${bytes}`);
      return peekAnswer(values.queue ?? "", table.kind === "table" ? table.lines.flatMap(peekedJob) : []);
    },
  };
}

function serverOf(servers: readonly ServerAddress[], { server = "" }: Values): ServerAddress {
  const found = servers.find((one) => printAddress(one) === server);
  if (found === undefined) throw new ActionRefused(SAID.elsewhere(server));
  return found;
}

async function answerOf(server: ServerAddress, command: string, query: AdminQuery): Promise<AdminReply> {
  const answer = await query(server, [command], { timeoutMs: TIMEOUT_MS }).then(
    ([reply]) => reply,
    (error: unknown) => {
      const failure = adminFailureOf(error);
      throw new ActionRefused(
        `job server ${printAddress(server)} ${"text" in failure ? `cannot be reached: ${failure.text}` : "does not answer"}`,
      );
    },
  );
  if (answer === undefined) throw new ActionRefused(`job server ${printAddress(server)} does not answer`);
  if (answer.kind !== "error") return answer;
  if (isUnknownCommand(answer.line))
    throw new ActionRefused(`job server ${printAddress(server)} is of another make and has no such command`);
  throw new ActionRefused(
    queueRefusal(answer.line) ?? `the job server says ${labelOf(answer.line.toString("latin1"))}`,
  );
}

const countsOf = (answer: AdminReply): Partial<Record<string, number>> =>
  answer.kind === "line" ? parseQueueCounts(answer.line) : {};

/** A name as it is shown on the page, as a word of a command: bytes of UTF-8. */
const wordOf = (label: string): string => encodeQueueWord(Buffer.from(label).toString("latin1"));

function peekedJob(line: Buffer): PeekedJob[] {
  const job = parsePeekedJobLine(line);
  return job === undefined ? [] : [peekedJobOf(job)];
}
