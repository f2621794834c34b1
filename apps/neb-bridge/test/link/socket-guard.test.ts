import { once } from "node:events";
import { existsSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { join } from "node:path";

import { ManualClock, tmpFolder, waitFor } from "@mod-gearman/testkit";
import { expect, onTestFinished, test } from "vitest";

import { type CoreListener, listenForCore } from "../../src/link/listener.ts";
import { SocketGuard } from "../../src/link/socket-guard.ts";

async function guarded(path: string) {
  const clock = new ManualClock();
  const problems: string[] = [];
  const sockets: Socket[] = [];
  let unreachable = 0;
  const listen = (): Promise<CoreListener> =>
    listenForCore(
      path,
      (socket) => sockets.push(socket),
      (text) => problems.push(text),
    );
  const guard = new SocketGuard(await listen(), {
    clock,
    listen,
    onProblem: (text) => problems.push(text),
    onUnreachable: () => {
      unreachable += 1;
    },
  });
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await guard.close();
  });
  return { clock, problems, sockets, guard, unreachable: () => unreachable };
}

async function connect(path: string): Promise<Socket> {
  const socket = createConnection(path);
  await once(socket, "connect");
  onTestFinished(() => {
    socket.destroy();
  });
  return socket;
}

test("tmp-squat: a socket removed by a cleaner of /tmp is restored, connections stay", async (context) => {
  const path = join(tmpFolder(context), "bridge.sock");
  const { clock, sockets, problems, unreachable } = await guarded(path);
  const core = await connect(path);
  await waitFor("the connection", () => sockets.length === 1);
  unlinkSync(path);
  await clock.advance(2000);
  await waitFor("the socket", () => existsSync(path));
  await connect(path);
  await waitFor("the second connection", () => sockets.length === 2);
  expect(core.destroyed).toBe(false);
  expect(sockets[0]?.destroyed).toBe(false);
  expect(problems).toEqual([]);
  expect(unreachable()).toBe(0);
});

test("a path that another process has taken is left alone and logged", async (context) => {
  const folder = tmpFolder(context);
  const path = join(folder, "bridge.sock");
  const { clock, problems, unreachable, guard } = await guarded(path);
  unlinkSync(path);
  const other = await listenForCore(
    path,
    () => undefined,
    () => undefined,
  );
  await clock.advance(2000);
  await waitFor("the problem", () => unreachable() === 1);
  expect(problems).toEqual([`another bridge already listens on ${path}`]);
  await guard.close();
  expect(other.isInPlace()).toBe(true);
  await other.close();
  expect(existsSync(path)).toBe(false);
});

test("a socket restored later is found later", async (context) => {
  const path = join(tmpFolder(context), "bridge.sock");
  const { clock, unreachable } = await guarded(path);
  unlinkSync(path);
  writeFileSync(path, "in the way");
  await clock.advance(2000);
  await waitFor("the problem", () => unreachable() === 1);
  rmSync(path);
  await waitFor("the socket", async () => {
    await clock.advance(2000);
    return existsSync(path);
  });
  await connect(path);
});
