import { printableLatin1, type ServerAddress } from "@mod-gearman/base";
import { ClientConnection, ClientError } from "@mod-gearman/client";
import type { CheckGearmanOptions } from "@mod-gearman/config";
import type { PluginResult } from "./server-check.ts";
import { addressText, EXIT_CODES, inLine, printLine, type State } from "./verdict.ts";
import type { CheckWorld } from "./world.ts";

type Outcome =
  | { readonly kind: "answer"; readonly answer: string }
  | { readonly kind: "accepted" }
  /** `text` begins with the error name of the C library. */
  | { readonly kind: "failed"; readonly text: string };

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/**
 * Sends a job to a worker and judges its answer. Source: tools.md 3.4, 3.5.
 *
 * @param timeoutMs for the whole check, all servers together
 */
export async function checkWorker(
  options: CheckGearmanOptions & { readonly send: Buffer; readonly queue: Buffer },
  timeoutMs: number,
  world: CheckWorld,
): Promise<PluginResult> {
  const outcome = await sendJob(options, timeoutMs, world);
  switch (outcome.kind) {
    case "failed":
      return resultOf("CRITICAL", `job failed: ${outcome.text}`);
    case "accepted":
      return resultOf("OK", "sending background job succeded"); // sic, scripts compare it
    case "answer":
      world.note("code:   GEARMAN_UNKNOWN_STATE"); // as the original always prints
      world.note(`result: ${printableLatin1(outcome.answer, "lines")}`);
      return judgeAnswer(outcome.answer, options);
  }
}

/** Tries the servers in turn, each with its share of the time, until one has accepted the job. */
async function sendJob(
  options: CheckGearmanOptions & { readonly send: Buffer; readonly queue: Buffer },
  timeoutMs: number,
  world: CheckWorld,
): Promise<Outcome> {
  if (options.send.length === 0)
    return { kind: "failed", text: "GEARMAN_INVALID_ARGUMENT the job has no text" };
  const endMs = world.clock.monotonicMs() + timeoutMs;
  let failure = "";
  for (const [index, server] of options.servers.entries()) {
    const leftMs = Math.ceil(endMs - world.clock.monotonicMs());
    if (leftMs <= 0) break;
    const shareMs = Math.ceil(leftMs / (options.servers.length - index));
    const outcome = await sendJobTo(server, options, { leftMs, shareMs }, world);
    if (!("next" in outcome)) return outcome;
    failure = outcome.next;
  }
  return { kind: "failed", text: failure };
}

async function sendJobTo(
  server: ServerAddress,
  {
    queue,
    unique,
    send,
    background,
  }: CheckGearmanOptions & { readonly send: Buffer; readonly queue: Buffer },
  { leftMs, shareMs }: { readonly leftMs: number; readonly shareMs: number },
  world: CheckWorld,
): Promise<Outcome | { readonly next: string }> {
  const times = { connectTimeoutMs: shareMs, submitTimeoutMs: shareMs, closeTimeoutMs: 1 };
  const { clock, dial } = world;
  const client = new ClientConnection({
    servers: [server],
    duplex: dial,
    clock,
    failWhenUnreachable: true,
    ...times,
  });
  const job = { function: queue, unique, data: send, priority: "high" } as const;
  try {
    if (background) {
      await client.submitBackground(job);
      return { kind: "accepted" };
    }
    const { data } = await client.submitForeground({
      ...job,
      timeoutMs: leftMs,
      maxDataBytes: MAX_ANSWER_BYTES,
    });
    const nul = data.indexOf(0); // C workers pad their answers with it (T14)
    return { kind: "answer", answer: data.toString("latin1", 0, nul === -1 ? data.length : nul) };
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    const text = explain(error, server);
    const isUnretryable =
      error.phase === "waiting" || error.code === "BAD_ARGUMENT" || error.code === "SERVER_ERROR";
    return isUnretryable ? { kind: "failed", text } : { next: text };
  } finally {
    await client.close();
  }
}

function explain(error: ClientError, server: ServerAddress): string {
  const where = addressText(server);
  switch (error.code) {
    case "JOB_FAILED":
      return "GEARMAN_WORK_FAIL";
    case "JOB_EXCEPTION":
      return "GEARMAN_WORK_EXCEPTION";
    case "CONNECT_FAILED":
      return `GEARMAN_COULD_NOT_CONNECT Connection to ${where} failed`;
    case "TIMEOUT":
      return error.phase === "connecting"
        ? `GEARMAN_COULD_NOT_CONNECT Connection to ${where} failed: no answer in time`
        : `GEARMAN_TIMEOUT ${error.phase === "waiting" ? "no worker answered in time" : `${where} did not accept the job in time`}`;
    case "CONNECTION_LOST":
      return `GEARMAN_LOST_CONNECTION ${where} closed the connection`;
    case "SERVER_ERROR":
      return `GEARMAN_SERVER_ERROR ${inLine(`${error.serverCode}: ${error.serverText}`)}`;
    case "DATA_TOO_LARGE":
      return `GEARMAN_MEMORY_ALLOCATION_FAILURE the answer is longer than ${MAX_ANSWER_BYTES} bytes`;
    case "BAD_ARGUMENT":
      return `GEARMAN_INVALID_ARGUMENT ${inLine(error.message)}`;
    default:
      return `GEARMAN_ERRNO ${inLine(error.message)}`;
  }
}

/** `<digit>:<text>` contains a state if the digit is 0 to 3. Source: tools.md 3.4, 3.5. */
function judgeAnswer(answer: string, { expect, send }: CheckGearmanOptions): PluginResult {
  if (expect !== undefined)
    return judgeExpected(answer, expect.toString("latin1"), send?.toString("latin1") ?? "");
  if (/^[0-3]:/.test(answer)) {
    return { exitCode: Number(answer[0]), stdout: `${printableLatin1(answer.slice(2), "lines")}\n` };
  }
  return resultOf("OK", answer);
}

function judgeExpected(answer: string, expected: string, sent: string): PluginResult {
  return answer !== "" && answer.includes(expected)
    ? resultOf("OK", `send worker '${sent}' response: '${answer}'`)
    : resultOf("CRITICAL", `send worker: '${sent}' response: '${answer}', expected '${expected}'`);
}

function resultOf(state: State, text: string): PluginResult {
  return { exitCode: EXIT_CODES[state], stdout: printLine({ state, text: printableLatin1(text, "lines") }) };
}
