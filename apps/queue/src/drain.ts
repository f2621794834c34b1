import type { Duplex } from "node:stream";
import { printable, startTimer, stopTimer } from "@mod-gearman/base";
import type { DuplexFactory } from "@mod-gearman/client";
import { decodePacket, encodePacket, FrameDecoder, type Packet } from "@mod-gearman/protocol";
import type { ServerTalk } from "./server-talk.ts";

const MAX_BODY_BYTES = 268_435_456;

interface DrainWorld {
  readonly dial: DuplexFactory;
  /** Gets how many have been taken so far. */
  readonly onTaken?: (count: number) => void;
}

/**
 * Takes waiting jobs of a queue as a worker does and answers each with WORK_FAIL, which is all that a gearmand in C offers to be rid of them.
 *
 * @param most jobs that waited before: those that come meanwhile stay
 */
export async function drain(
  talk: ServerTalk,
  queue: string,
  most: number,
  { dial, onTaken }: DrainWorld,
): Promise<{ readonly taken: number; readonly problem?: string }> {
  let taken = 0;
  const attempt = new AbortController();
  let stream: Duplex | undefined;
  const giveUp = (): void => {
    attempt.abort();
    stream?.destroy(new Error("no answer in time"));
  };
  let timer = startTimer(giveUp, talk.timeoutMs);
  try {
    stream = await dial(talk.address, attempt.signal);
    for await (const handle of jobsOf(stream, Buffer.from(queue, "latin1"), most)) {
      stopTimer(timer);
      timer = startTimer(giveUp, talk.timeoutMs); // the time is for each answer
      stream.write(encodePacket("REQ", { name: "WORK_FAIL", handle }));
      taken += 1;
      onTaken?.(taken);
    }
    return { taken };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { taken, problem: `${text} after ${taken} jobs` };
  } finally {
    stopTimer(timer);
    stream?.on("error", () => undefined).end();
  }
}

/** Handles of the jobs that the server gives for the queue. */
async function* jobsOf(stream: Duplex, queue: Buffer, most: number): AsyncIterable<Buffer> {
  if (most === 0) return;
  const grab = (): boolean => stream.write(encodePacket("REQ", { name: "GRAB_JOB" }));
  let left = most;
  stream.write(encodePacket("REQ", { name: "CAN_DO", function: queue }));
  grab();
  for await (const packet of packetsOf(stream)) {
    if (packet.name === "NO_JOB") return;
    if (packet.name === "ERROR")
      throw new Error(printable(`the job server says ${packet.code} ${packet.text}`));
    if (packet.name !== "JOB_ASSIGN") continue;
    yield packet.handle;
    left -= 1;
    if (left === 0) return;
    grab();
  }
  throw new Error("the job server closed the connection");
}

async function* packetsOf(stream: Duplex): AsyncIterable<Packet> {
  const decoder = new FrameDecoder(MAX_BODY_BYTES);
  for await (const chunk of stream as AsyncIterable<Buffer>)
    for (const frame of decoder.push(chunk)) yield decodePacket(frame);
}
