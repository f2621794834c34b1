// @module-tag slow
import { constants } from "node:os";
import { closedAddress, type Started, signalInEachState } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { top } from "./built-program.ts";

test("usr1-early: SIGUSR1 at any moment of the start opens no inspector", async (context) => {
  if (top.isExecutable) return; // has neither that inspector nor a shell that starts it
  const args = ["-b", "-i", "1000", "-H", await closedAddress()];
  const start = () => top.start(context, args, { byName: true });
  const isReady = (program: Started) => program.output().includes("\n");
  const states = await signalInEachState(constants.signals.SIGUSR1, start, isReady, async (program) => {
    program.child.kill("SIGTERM"); // a held signal has ended it already
    const { code, stderr } = await program.ended;
    expect(code).toBe(0);
    expect(stderr).not.toContain("Debugger listening");
  });
  expect(states).toBeGreaterThan(0); // a loaded machine lets some pass unseen
});
