import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { decodePacket, encodePacket, FrameDecoder, type Packet } from "@mod-gearman/protocol";
import type { TestContext } from "@mod-gearman/testkit";

/** A packet about a job. */
export type Reply = readonly [
  "WORK_COMPLETE" | "WORK_DATA" | "WORK_WARNING" | "WORK_EXCEPTION" | "WORK_FAIL",
  Buffer,
];

/** A received job. */
export interface TakenJob {
  readonly unique: string;
  readonly data: Buffer;
}

const MAX_BODY_BYTES = 1024 * 1024;

/**
 * Creates the replies to a job; `submit` submits a background job before them. Undefined: the worker
 * registers and never grabs a job.
 */
export type MakeReplies = (data: Buffer, submit: (queue: Buffer, data: Buffer) => void) => readonly Reply[];

/**
 * A worker that answers every job of its queue with the given packets.
 *
 * @returns a promise of its first job; the worker is ready when the function resolves
 */
export async function startScriptedWorker(
  context: TestContext,
  at: { readonly port: number; readonly queue: string },
  replies: MakeReplies | undefined,
): Promise<{ readonly firstJob: Promise<TakenJob> }> {
  const socket = connect(at.port, "127.0.0.1");
  await once(socket, "connect");
  context.onTestFinished(() => {
    socket.destroy();
  });
  const firstJob = Promise.withResolvers<TakenJob>();
  const ready = Promise.withResolvers<void>();
  const decoder = new FrameDecoder(MAX_BODY_BYTES);
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    for (const frame of decoder.push(chunk)) {
      const packet = decodePacket(frame);
      if (packet.name === "NO_JOB") {
        send(socket, { name: "PRE_SLEEP" });
        ready.resolve();
      }
      if (packet.name === "NOOP" && replies !== undefined) send(socket, { name: "GRAB_JOB_UNIQ" });
      if (packet.name !== "JOB_ASSIGN_UNIQ") continue;
      firstJob.resolve({ unique: packet.unique.toString(), data: Buffer.from(packet.data) });
      const submit = (name: Buffer, data: Buffer) =>
        send(socket, { name: "SUBMIT_JOB_BG", function: name, unique: Buffer.alloc(0), data });
      answer(socket, packet.handle, replies?.(packet.data, submit) ?? []);
    }
  });
  send(socket, { name: "CAN_DO", function: Buffer.from(at.queue) });
  send(socket, { name: "GRAB_JOB_UNIQ" });
  await ready.promise;
  return { firstJob: firstJob.promise };
}

function answer(socket: Socket, handle: Buffer, replies: readonly Reply[]): void {
  for (const [name, data] of replies) {
    send(socket, name === "WORK_FAIL" ? { name, handle } : { name, handle, data });
  }
  if (replies.some(([name]) => name === "WORK_COMPLETE" || name === "WORK_FAIL"))
    send(socket, { name: "GRAB_JOB_UNIQ" });
}

function send(socket: Socket, packet: Packet): void {
  socket.write(encodePacket("REQ", packet));
}
