// @module-tag slow
import { constants } from "node:os";
import {
  BuiltProgram,
  heldInStart,
  type Started,
  signalInEachState,
  tmpFolder,
  waitFor,
} from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { quiet } from "./world.ts";

const gearmand = new BuiltProgram(new URL("..", import.meta.url));

const isReady = (program: Started) => program.errors().includes("Listening on");

test("usr1-early: SIGUSR1 at any moment of the start opens no inspector and ends nothing", async (context) => {
  const start = () => gearmand.start(context, quiet(tmpFolder(context), "--verbose=INFO"), { byName: true });
  const states = await signalInEachState(constants.signals.SIGUSR1, start, isReady, async (program) => {
    program.child.kill("SIGTERM"); // a held signal has ended it already
    const { code, stderr } = await program.ended;
    expect(code).toBe(0);
    expect(stderr).not.toContain("Debugger listening");
  });
  expect(states).toBeGreaterThan(0); // a loaded machine lets some pass unseen
});

test.for([true, false])(
  "signals before the program handles them are held and then delivered (by name: %s)",
  async (byName, context) => {
    const program = await heldInStart(
      context,
      "--verbose=INFO\n",
      (path) => gearmand.start(context, quiet(tmpFolder(context), `--config-file=${path}`), { byName }),
      ({ child }) => {
        for (const signal of ["SIGHUP", "SIGUSR2"] as const) child.kill(signal);
      },
    );
    await waitFor("the log opened again", () => program.errors().includes("SIGHUP, reopening log file"));
    program.child.kill("SIGTERM");
    expect(await program.ended).toMatchObject({ code: 0, stderr: expect.not.stringContaining("Debugger") });
  },
);

test("a drain requested during the start is performed", async (context) => {
  const program = await heldInStart(
    context,
    "--verbose=INFO\n",
    (path) => gearmand.start(context, quiet(tmpFolder(context), `--config-file=${path}`)),
    ({ child }) => void child.kill("SIGUSR1"),
  );
  const { code, stderr } = await program.ended;
  expect(code).toBe(0);
  expect(stderr).toContain("Shutting down when no job is left");
});
