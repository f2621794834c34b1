import { loadVectors } from "@mod-gearman/testkit";
import { expect } from "vitest";

/** One job of the C worker and its result. */
export interface Row {
  readonly group: string;
  readonly case: string;
  readonly stream: "result" | "duplicate";
  readonly jobQueue: string;
  readonly jobText: string;
  readonly noResult?: true;
  readonly plaintext?: string;
}

export const vectors = loadVectors<{ groups: Record<string, Record<string, string | null>>; results: Row[] }>(
  "worker-results",
);

const ID = "(worker: demo-worker)";
const NOT_FOUND = `UNKNOWN: Return code of 127 is out of bounds. Make sure the plugin you're trying to run actually exists. ${ID}`;
const NOT_EXECUTABLE = `UNKNOWN: Return code of 126 is out of bounds. Make sure the plugin you're trying to run is executable. ${ID}`;
const outOfBounds = (code: number, shown = code) =>
  [3, `CRITICAL: Return code of ${code} is out of bounds. ${ID}\\nexiting with ${shown}`] as const;
const killed = (signal: number, name: string) =>
  [
    3,
    `UNKNOWN: Return code of ${signal} is out of bounds. Plugin exited by signal: ${name}. ${ID}\\nabout to die`,
  ] as const;
const tooOld = [3, `Could not start check in time ${ID}`] as const;

/**
 * Deliberate differences from the C worker beyond the rules of `likeOurs`: return code, output, and the
 * section or deviation.
 */
export const differences: Record<string, readonly [returnCode: number, output: string, source: string]> = {
  "default/both2": [
    2,
    "CRITICAL - out\\n[err with spaces]",
    "worker.md 4.5: stdout trimmed before stderr is appended",
  ],
  "default/notfound-exec": [3, NOT_FOUND, "worker.md 4.6: UNKNOWN, rc 3"],
  "default/notfound-shell": [3, NOT_FOUND, "worker.md 4.1, 4.6: quotes need no shell"],
  "default/signal-9": [...killed(9, "killed"), "worker.md 4.6"],
  "default/signal-15": [...killed(15, "terminated"), "worker.md 4.6"],
  "default/signal-11": [...killed(11, "segmentation fault"), "worker.md 4.6"],
  "default/signal-6": [...killed(6, "aborted"), "worker.md 4.6"],
  "default/signal-9-shell": [...killed(9, "killed"), "worker.md 4.1, 4.6: quotes need no shell"],
  "default/rc4": [...outOfBounds(4), "worker.md 4.6: rc 3"],
  "default/rc126-by-plugin": [3, `${NOT_EXECUTABLE}\\nexiting with 126`, "worker.md 4.6: output is kept"],
  "default/rc127-by-plugin": [3, `${NOT_FOUND}\\nexiting with 127`, "worker.md 4.6: output is kept"],
  "default/rc128": [...outOfBounds(128), "worker.md 4.6: exit codes from 128 on are no signals"],
  "default/rc255": [...outOfBounds(255), "worker.md 4.6: rc 3"],
  "default/rc143": [...outOfBounds(143), "worker.md 4.6: exit codes from 128 on are no signals"],
  "default/rc300": [...outOfBounds(44, 300), "worker.md 4.6: rc 3"],
  "default/timeout": [
    3,
    "(Service Check Timed Out On Worker: demo-worker)",
    "worker.md 1.3: timeout_return is 3",
  ],
  "default/host-timeout": [
    3,
    "(Host Check Timed Out On Worker: demo-worker)",
    "worker.md 1.3: timeout_return is 3",
  ],
  "fork_on_exec/rc25": [...outOfBounds(25), "worker.md 4.6: 25 is nothing special"],
  "fork_on_exec/rc4": [...outOfBounds(4), "worker.md 4.6: rc 3"],
  "fork_on_exec/notfound-exec": [3, NOT_FOUND, "worker.md 4.6: UNKNOWN, rc 3"],
  "fork_on_exec/signal-9": [...killed(9, "killed"), "worker.md 4.6"],
  "fork_on_exec/timeout": [
    3,
    "(Service Check Timed Out On Worker: demo-worker)",
    "worker.md 1.3: timeout_return is 3",
  ],
  "show_error_output-no_debug-result_rc25/notfound-exec": [
    3,
    `(vm) - ${NOT_FOUND}`,
    "worker.md 4.6: UNKNOWN, rc 3",
  ],
  "show_error_output-no_debug-result_rc25/signal-9": [3, `(vm) - ${killed(9, "killed")[1]}`, "worker.md 4.6"],
  "encryption-no/stderr": [0, "OK - stdout text", "worker.md 4.5: no stderr at rc 0"],
  "dupserver-passive/stderr": [0, "OK - stdout text", "worker.md 4.5: no stderr at rc 0"],
  "max-age/old": [...tooOld, "worker.md 3.4, D1: text of the Go worker"],
  "max-age/oldhost": [...tooOld, "worker.md 3.4, D1: text of the Go worker"],
};

/** The fields of a result text, in their order. */
export function fieldsOf(text: string): [string, string][] {
  return text.split("\n").flatMap((line) => {
    const at = line.indexOf("=");
    return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)] as [string, string]];
  });
}

/**
 * The output of the C worker with our general rules: single backslashes (D19), trimmed at both ends (worker.md 4.5).
 */
function likeOurs(output: string): string {
  const plain = output.replace(/\\(\\|n)/g, (_, kind: string) => (kind === "n" ? "\n" : "\\"));
  return plain.trim().replaceAll("\n", "\\n");
}

/** Expected return code and output of our worker; host name and folder of the plugins as recorded. */
export function expected(row: Row): readonly [number, string] {
  if (row.case === "big") return [0, `OK - big\\n${"x".repeat(100_000)}`]; // recorded as a digest only
  const recorded = Object.fromEntries(
    fieldsOf(Buffer.from(row.plaintext ?? "", "base64").toString("latin1")),
  );
  const like = [Number(recorded.return_code), likeOurs(recorded.output ?? "")] as const;
  const difference = differences[`${row.group}/${row.case}`];
  if (difference === undefined) return like;
  const [returnCode, output] = difference;
  expect([returnCode, output]).not.toEqual(like); // an entry without effect would hide a change
  return [returnCode, output];
}

/** The fields of a result in their order (worker.md 4.7). */
export const fieldOrder = (job: Readonly<Record<string, string>>): string[] => [
  "type",
  "host_name",
  ...("service_description" in job ? ["service_description"] : []), // before the times
  "core_start_time",
  "start_time",
  "finish_time",
  "return_code",
  "exited_ok",
  "source",
  "output",
];

/** When the newest check of a group was due, in seconds. */
export const newestCoreTime = (rows: readonly Row[]): number =>
  Math.max(...rows.map(({ jobText }) => Number(Object.fromEntries(fieldsOf(jobText)).core_time)));
