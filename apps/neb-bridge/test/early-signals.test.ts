// @module-tag slow
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { heldInStart, type Started, signalInEachState, tmpFolder, waitFor } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { bridge, connected } from "./built-bridge.ts";
import { FakeShim } from "./fake-shim.ts";

/** Resolves when the bridge serves a core, and so handles signals. */
async function serves(socket: string): Promise<void> {
  const connection = await connected(socket);
  const shim = new FakeShim(connection);
  shim.hello();
  await waitFor("an answer", () => shim.received.length > 0);
  connection.destroy();
}

async function stopped(program: Started): Promise<string> {
  program.child.kill("SIGTERM");
  const { code, stderr } = await program.ended;
  expect(code).toBe(0);
  expect(stderr).not.toContain("Debugger listening");
  return stderr;
}

test("usr1-early: SIGUSR1 at any moment of the start opens no inspector and ends nothing", async (context) => {
  const folder = tmpFolder(context);
  let count = 0;
  const socket = () => join(folder, String(count));
  const start = () => {
    count += 1;
    return bridge.start(context, [`--bridge-socket=${socket()}`], { byName: true });
  };
  const isReady = () => existsSync(socket());
  const states = await signalInEachState(constants.signals.SIGUSR1, start, isReady, async (program) => {
    await serves(socket());
    await stopped(program);
  });
  expect(states).toBeGreaterThan(0); // a loaded machine lets some pass unseen
});

test.for([true, false])(
  "signals before the program handles them are held and then delivered (by name: %s)",
  async (byName, context) => {
    const socket = join(tmpFolder(context), "socket");
    const program = await heldInStart(
      context,
      "debug=0\n",
      (path) => bridge.start(context, [`--bridge-socket=${socket}`, `--config=${path}`], { byName }),
      ({ child }) => {
        for (const signal of ["SIGHUP", "SIGUSR1", "SIGUSR2"] as const) child.kill(signal);
      },
    );
    await waitFor("the answer to SIGUSR1", () => program.errors().includes("core: away"));
    await stopped(program);
  },
);
