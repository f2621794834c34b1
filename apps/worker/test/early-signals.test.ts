// @module-tag slow
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { constants } from "node:os";
import {
  BuiltProgram,
  closedAddress,
  heldInStart,
  type Started,
  signalInEachState,
  waitFor,
} from "@mod-gearman/testkit";
import { expect, test } from "vitest";

const worker = new BuiltProgram(new URL("..", import.meta.url));

async function argumentsOf(): Promise<string[]> {
  return [
    `--server=${await closedAddress()}`,
    "--encryption=no",
    "--hostgroups=a",
    "--result_spool=no",
    "--debug=3",
  ];
}

const isReady = (program: Started) => program.errors().includes("cannot connect to job server");

test("usr1-early: SIGUSR1 at any moment of the start opens no inspector and ends nothing", async (context) => {
  const args = await argumentsOf();
  const start = () => worker.start(context, args, { byName: true });
  const states = await signalInEachState(constants.signals.SIGUSR1, start, isReady, async (program) => {
    expect(isReady(program)).toBe(true);
    program.child.kill("SIGTERM");
    const { code, stderr } = await program.ended;
    expect(code).toBe(0);
    expect(stderr).not.toContain("Debugger listening");
  });
  expect(states).toBeGreaterThan(0); // a loaded machine lets some pass unseen
});

/** The value of `read`; `absent` if the process or descriptor has closed in the meantime. */
function unlessGone<T>(read: () => T, absent: T): T {
  try {
    return read();
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return absent;
    throw error;
  }
}

/** TCP ports on which the process listens; none once it has ended. Source: proc(5), net/tcp; 0A is LISTEN. */
function listening(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  const descriptors = unlessGone(() => readdirSync(folder), []);
  const sockets = descriptors.map((fd) => unlessGone(() => readlinkSync(`${folder}/${fd}`), ""));
  const lines = unlessGone(() => readFileSync(`/proc/${pid}/net/tcp`, "latin1"), "").split("\n");
  return lines
    .map((line) => line.trim().split(/ +/))
    .filter((words) => words[3] === "0A" && sockets.includes(`socket:[${words[9]}]`))
    .map((words) => words[1] ?? "");
}

test("usr1-early: started by Node.js itself, an inspector that SIGUSR1 opened is closed again", async (context) => {
  const args = await argumentsOf();
  const start = () => worker.start(context, args);
  await signalInEachState(constants.signals.SIGUSR1, start, isReady, async (program) => {
    if (!isReady(program)) return; // it arrived before Node.js had any signal handling
    await waitFor("no open port", () => listening(program.child.pid ?? 0).length === 0);
    program.child.kill("SIGTERM");
    expect((await program.ended).code).toBe(0);
  });
});

test.for([true, false])(
  "signals before the program handles them are held and delivered later (by name: %s)",
  async (byName, context) => {
    const args = await argumentsOf();
    const program = await heldInStart(
      context,
      "identifier=held\n",
      (path) => worker.start(context, [...args, `--config=${path}`], { byName }),
      ({ child }) => {
        for (const signal of ["SIGHUP", "SIGUSR1", "SIGUSR2"] as const) child.kill(signal);
      },
    );
    await waitFor("answers to all three", () =>
      [
        / got sighup, reloading /,
        / configuration reloaded$/m,
        / got sigusr2, finishing /,
        / workers: \d busy: 0 /,
      ].every((text) => text.test(program.errors())),
    );
    program.child.kill("SIGTERM");
    const { code, stderr } = await program.ended;
    expect(code).toBe(0);
    expect(stderr).not.toContain("Debugger listening");
  },
);
