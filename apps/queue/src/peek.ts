import { omitUndefined, printable } from "@mod-gearman/base";
import type { QueueOptions } from "@mod-gearman/config";
import { encodeQueueWord, type PeekedJobLine, parsePeekedJobLine } from "@mod-gearman/protocol";
import { ageText, bytesText } from "./columns.ts";
import { jsonName } from "./list.ts";
import { type Payload, PayloadReader } from "./payload-text.ts";
import { isUnknown, nameText, problemOf, type ServerTalk } from "./server-talk.ts";
import type { World } from "./world.ts";

const DEFAULT_COUNT = 10;
/** Of all workloads in one answer, which has 16 MiB at most. */
const MOST_BYTES = 8_388_608;
const MOST_JOB_BYTES = 1_048_576;
const NOT_HERE =
  "this job server cannot show what is in a queue: it gives jobs to workers only (see mod_gearman_queue(1))";

/** Prints the jobs of a queue. @returns whether it could */
export async function peek(
  talk: ServerTalk,
  queue: string,
  options: QueueOptions,
  output: Pick<World, "stdout" | "stderr">,
): Promise<boolean> {
  const count = options.count ?? DEFAULT_COUNT;
  const reader = new PayloadReader(options, queue);
  const most = reader.hasKey ? Math.min(MOST_JOB_BYTES, Math.floor(MOST_BYTES / count)) : 0;
  const answer = await talk.ask(`queue peek ${encodeQueueWord(queue)} ${count} ${most}`);
  const problem = isUnknown(answer) ? NOT_HERE : problemOf(answer);
  if (problem !== undefined || answer.kind !== "table") {
    output.stderr(
      `mod_gearman_queue: ${talk.name}: ${problem ?? "the answer is not that of a job server"}\n`,
    );
    return false;
  }
  const jobs = answer.lines.flatMap((line) => parsePeekedJobLine(line) ?? []);
  const payloads = jobs.map((job) => (reader.hasKey ? payloadOf(job, reader) : undefined));
  if (options.json) {
    const shown = jobs.map((job, at) => jsonOf(job, payloads[at]));
    output.stdout(
      `${JSON.stringify({ server: talk.name, queue: jsonName(queue), jobs: shown }, undefined, 2)}\n`,
    );
  } else output.stdout(jobs.map((job, at) => printJob(job, payloads[at])).join(""));
  return true;
}

function payloadOf({ bytes, workload }: PeekedJobLine, reader: PayloadReader): Payload {
  if (workload.length < bytes)
    return { reason: "too large to be shown; fewer jobs (-n) leave more room for each" };
  return bytes === 0 ? { text: workload } : reader.open(workload);
}

/** One line for the job, then its text, indented. */
function printJob(job: PeekedJobLine, payload: Payload | undefined): string {
  const { priority, ageSeconds, bytes, retries, clients, whenSeconds, worker } = job;
  const facts = [
    job.state,
    ...(priority === "normal" ? [] : [priority]),
    whenSeconds > 0 && job.state === "later" ? `from ${timeText(whenSeconds)}` : ageText(ageSeconds),
    `${bytesText(bytes)}${bytes < 1024 ? " bytes" : "B"}`,
    ...(retries > 0 ? [`lost by ${retries} workers`] : []),
    ...(clients > 0 ? [`${clients} wait for it`] : []),
    ...(worker === undefined ? [] : [`with ${nameText(worker)}`]),
  ];
  const head = `${nameText(job.handle)}  ${facts.join(", ")}  ${nameText(job.unique) || "(no key)"}\n`;
  if (payload === undefined) return head;
  if ("reason" in payload) return `${head}    (${payload.reason})\n`;
  return (
    head +
    linesOf(payload.text)
      .map((line) => `    ${line}\n`)
      .join("")
  );
}

function linesOf(text: Buffer): string[] {
  const lines = text
    .toString("utf8")
    .split("\n")
    .map((line) => printable(line));
  while (lines.at(-1) === "") lines.pop();
  return lines;
}

function timeText(seconds: number): string {
  const time = new Date(seconds * 1000);
  return Number.isNaN(time.getTime()) ? `${seconds}` : `${time.toISOString().slice(0, 19)}Z`;
}

function jsonOf(
  { workload: _, handle, unique, worker, ...job }: PeekedJobLine,
  payload: Payload | undefined,
) {
  const names = { handle: jsonName(handle), unique: jsonName(unique) };
  const text = payload !== undefined && "text" in payload ? payload.text.toString("utf8") : undefined;
  const reason = payload !== undefined && "reason" in payload ? payload.reason : undefined;
  return omitUndefined({ ...names, ...job, worker: worker && jsonName(worker), text, reason });
}
