// @module-tag slow
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { BuiltProgram, freePort, tmpFolder, waitFor } from "@mod-gearman/testkit";
import { expect, type TestContext, test } from "vitest";
import { PACKET, packet } from "./packet.ts";
import { quiet } from "./world.ts";

const program = new BuiltProgram(new URL("..", import.meta.url));
const MIB = 1_048_576;

/** Started by its name, since the launcher sets how the C library returns memory. */
async function started(context: TestContext) {
  const port = await freePort();
  const argv = quiet(tmpFolder(context), `--port=${port}`, "--job-handle-prefix=T", "--verbose=WARNING");
  const { child, errors } = program.start(context, argv, { byName: true });
  const open = async (): Promise<Socket> => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    context.onTestFinished(() => void socket.destroy());
    await once(socket, "connect");
    return socket;
  };
  await waitFor("the server", () => open().catch(() => undefined));
  return { open, logged: errors, residentMib: () => residentMib(child.pid as number) };
}

function residentMib(pid: number): number {
  const found = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"));
  return Number(found?.[1]) / 1024;
}

/** Resolves when so many more bytes have been received. */
function take(socket: Socket, bytes: number): Promise<void> {
  let left = bytes;
  return new Promise((resolve) => {
    const onData = (chunk: Buffer): void => {
      left -= chunk.length;
      if (left > 0) return;
      socket.off("data", onData);
      resolve();
    };
    socket.on("data", onData);
  });
}

test("memory returns to 1.5 times of before after a job of 64 MiB", async (context) => {
  const { open, residentMib: now } = await started(context);
  const [client, worker] = [await open(), await open()];
  const before = now();
  const data = Buffer.alloc(64 * MIB, "x");
  client.write(packet(PACKET.SUBMIT_JOB, "f", "u", data));
  await take(client, 15);
  worker.write(Buffer.concat([packet(PACKET.CAN_DO, "f"), packet(PACKET.GRAB_JOB)]));
  await take(worker, data.length);
  worker.write(packet(PACKET.WORK_COMPLETE, "T:1", data));
  await take(client, data.length);
  expect(now()).toBeGreaterThan(before + 64);
  await waitFor("less memory", () => now() < 1.5 * before);
});

test("memory returns to 1.5 times of before after a slow reader that was cut off", async (context) => {
  const { open, residentMib: now, logged } = await started(context);
  const reader = await open();
  const before = now();
  reader.pause();
  const echoes = Buffer.concat(
    new Array<Buffer>(1000).fill(packet(PACKET.ECHO_REQ, Buffer.alloc(1000, "x"))),
  );
  const write = (): void => {
    while (reader.writable && reader.write(echoes));
  };
  reader.on("drain", write);
  write();
  await waitFor("its end", () => logged().includes("OUTPUT_FULL"));
  await waitFor("less memory", () => now() < 1.5 * before);
});
