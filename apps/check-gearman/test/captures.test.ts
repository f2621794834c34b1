// @module-tag slow
import { freePort, loadVectors } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { AdminScript } from "./admin-script.ts";
import { check } from "./check-process.ts";

interface Capture {
  readonly name: string;
  readonly args: readonly string[];
  /** Base64; null: silence. Absent: 512 queues. */
  readonly replyParts: readonly (string | null)[] | null;
  readonly request: string;
  readonly exitCode: number;
  readonly stdout: string;
  readonly stdoutTruncated?: boolean;
}

const { cases } = loadVectors<{ cases: Capture[] }>("check_gearman");
const perfdata = (of: string) => cases.find(({ name }) => name === of)?.stdout.split("|")[1] ?? "";

/** Where ours differs from the original: number of the decision in tools.md 8, printed text, exit code. */
const DECISIONS: Readonly<Record<string, { why: string; exitCode: number; stdout: string }>> = {
  mixed_last_warning: {
    why: "T4: the worst queue decides, not the last one",
    exitCode: 2,
    stdout: (cases.find(({ name }) => name === "mixed_last_warning")?.stdout ?? "").replace(
      "WARNING",
      "CRITICAL",
    ),
  },
  "version-late": {
    why: "T1: the version is waited for",
    exitCode: 0,
    stdout: `check_gearman OK - 0 jobs running and 0 jobs waiting. Version: 1.1.20|${perfdata("version-late")}`,
  },
  "status-split": {
    why: "T1: the status is read to its end",
    exitCode: 2,
    stdout: `check_gearman CRITICAL - Queue b has 5 jobs without any worker. |${perfdata("status-split")}`,
  },
  garbage: {
    why: "T2: an invalid answer is critical",
    exitCode: 2,
    stdout: "check_gearman CRITICAL - got no valid data from <server>\n",
  },
  "closed-without-answer": {
    why: "T2: an invalid answer is critical",
    exitCode: 2,
    stdout: "check_gearman CRITICAL - got no valid data from <server>\n",
  },
  "error-answer": {
    why: "T2: an invalid answer is critical",
    exitCode: 2,
    stdout: "check_gearman CRITICAL - got no valid data from <server>\n",
  },
  "refused-with-queue": {
    why: "T3: a server that is down is critical, with -q too",
    exitCode: 2,
    stdout:
      "check_gearman CRITICAL - failed to connect to address <closed-host> and port <closed-port>: Connection refused\n",
  },
  "two-servers-last-wins": {
    why: "T5: each server is checked; perfdata names the server",
    exitCode: 2,
    stdout:
      "check_gearman CRITICAL - <closed>: failed to connect to address <closed-host> and port <closed-port>: " +
      "Connection refused - <server>: 6 jobs running and 8 jobs waiting. Version: 1.1.20|" +
      perfdata("two-servers-last-wins").replace(/'(\w+)'/g, "'<server>/$1'"),
  },
  "two-servers-last-down": {
    why: "T5: each server is checked; perfdata names the server",
    exitCode: 2,
    stdout:
      "check_gearman CRITICAL - <server>: 6 jobs running and 8 jobs waiting. Version: 1.1.20 - <closed>: failed to " +
      "connect to address <closed-host> and port <closed-port>: Connection refused|" +
      perfdata("two-servers-last-wins").replace(/'(\w+)'/g, "'<server>/$1'"),
  },
};

const manyQueues = Buffer.from(
  Array.from({ length: 512 }, (_, index) => `q${String(index).padStart(5, "0")}\t0\t0\t1\n`).join("") +
    ".\nOK 1.1.20\n",
);

describe.for(cases)("$name", (capture) => {
  const wanted = DECISIONS[capture.name] ?? capture;
  test("why" in wanted ? wanted.why : "as the original", async (context) => {
    const parts = capture.replyParts?.map((part) => (part === null ? null : Buffer.from(part, "base64")));
    const server = await AdminScript.start(context, parts ?? [manyQueues]);
    const closedPort = await freePort();
    const place = (text: string) =>
      text
        .replaceAll("<server>", `127.0.0.1:${server.port}`)
        .replaceAll("<closed>", `127.0.0.1:${closedPort}`)
        .replaceAll("<closed-host>", "127.0.0.1")
        .replaceAll("<closed-port>", String(closedPort));
    const { exitCode, stdout, stderr } = await check(context, capture.args.map(place));
    const expected = place(wanted.stdout);
    const shown = capture.stdoutTruncated ? stdout.slice(0, expected.length) : stdout;
    expect({ exitCode, stdout: shown, stderr }).toEqual({
      exitCode: wanted.exitCode,
      stdout: expected,
      stderr: "",
    });
    if (capture.request !== "") expect(server.request).toBe(capture.request);
  });
});

test("every decision belongs to a capture and changes the outcome", () => {
  for (const [name, { exitCode, stdout }] of Object.entries(DECISIONS)) {
    const capture = cases.find((one) => one.name === name);
    expect(capture).toBeDefined();
    expect({ exitCode, stdout }).not.toEqual({ exitCode: capture?.exitCode, stdout: capture?.stdout });
  }
});
