/** What a tool asks a bridge: the command of an object. Names are bytes without LF and NUL. */
export interface BridgeQuestion {
  readonly hostName: Buffer;
  /** Absent: the check of the host. */
  readonly serviceDescription?: Buffer;
}

/** In which form jobs of a queue go: version 2 of the envelope; the legacy form, encrypted with the password or in clear text. */
const JOB_FORMS = ["v2", "legacy", "clear"] as const;
export type JobForm = (typeof JOB_FORMS)[number];

/** Command of the last job of an object. */
interface AnsweredJob {
  readonly queue: Buffer;
  readonly timeoutSeconds: number;
  readonly commandLine: Buffer;
  /** Of jobs of that queue; absent: not asked for, or the bridge is of an earlier version. */
  readonly form?: JobForm;
}

export interface BridgeAnswer {
  /** The question that is answered: its boot id and counter. */
  readonly request: string;
  /** Of its last job; absent: the bridge has none of it, and keeps that of the next one. */
  readonly job?: AnsweredJob;
}

/** Longest text of a question, bytes. */
export const MAX_QUESTION_BYTES = 2048;
const TYPE = "type=command";
const TIMEOUT = /^[0-9]{1,10}$/;

/** Source: envelope-v2.md 15. */
export function printBridgeQuestion({ hostName, serviceDescription }: BridgeQuestion): Buffer {
  const service =
    serviceDescription === undefined ? "" : `service_description=${serviceDescription.toString("latin1")}\n`;
  return Buffer.from(`${TYPE}\nhost_name=${hostName.toString("latin1")}\n${service}`, "latin1");
}

/** @returns undefined for a text that is no question */
export function parseBridgeQuestion(text: Buffer): BridgeQuestion | undefined {
  const [type, host, service, ...more] = text.toString("latin1").split("\n");
  const hostName = textOf(host, "host_name");
  if (type !== TYPE || hostName === undefined || hostName.length === 0) return undefined;
  if (service === "" && more.length === 0) return { hostName };
  const serviceDescription = textOf(service, "service_description");
  return serviceDescription !== undefined && more.length === 1 && more[0] === ""
    ? { hostName, serviceDescription }
    : undefined;
}

/** Source: envelope-v2.md 15. */
export function printBridgeAnswer({ request, job }: BridgeAnswer): Buffer {
  if (job === undefined) return Buffer.from(`request=${request}\n`, "latin1");
  const head = `request=${request}\nqueue=${job.queue.toString("latin1")}\ntimeout=${job.timeoutSeconds}\n`;
  const form = job.form === undefined ? "" : `form=${job.form}\n`;
  return Buffer.from(`${head}command_line=${job.commandLine.toString("latin1")}\n${form}`, "latin1");
}

/** @returns undefined for a text that is no answer */
export function parseBridgeAnswer(text: Buffer): BridgeAnswer | undefined {
  const lines = text.toString("latin1").split("\n");
  const request = textOf(lines[0], "request")?.toString("latin1");
  if (request === undefined || lines.at(-1) !== "") return undefined;
  if (lines.length === 2) return { request };
  const [queue, timeout, commandLine] = [
    textOf(lines[1], "queue"),
    textOf(lines[2], "timeout")?.toString("latin1") ?? "",
    textOf(lines[3], "command_line"),
  ];
  if (queue === undefined || commandLine === undefined || !TIMEOUT.test(timeout)) return undefined;
  const job = { queue, timeoutSeconds: Number(timeout), commandLine };
  if (lines.length === 5) return { request, job };
  const form = JOB_FORMS.find((one) => lines[4] === `form=${one}`);
  return lines.length === 6 && form !== undefined ? { request, job: { ...job, form } } : undefined;
}

function textOf(line: string | undefined, key: string): Buffer | undefined {
  return line?.startsWith(`${key}=`) === true ? Buffer.from(line.slice(key.length + 1), "latin1") : undefined;
}
