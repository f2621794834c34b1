import type { SenderCapture } from "@mod-gearman/testkit";

/** A difference from the captured run and its reason. Absent members are as captured. */
export interface Difference {
  readonly why: string;
  readonly exitCode?: number;
  readonly stdout?: string;
  /** Texts of the jobs, in place of the captured ones; times are not compared. */
  readonly texts?: readonly string[];
  /** Changes the texts of the captured jobs. */
  readonly change?: (text: string) => string;
  readonly stderr?: RegExp;
}

/** The text of a result; the times are replaced. */
function resultText(fields: { host: string; service?: string; code?: number; output: string }): string {
  const { host, service, code = 0, output } = fields;
  const times = "start_time=0.000000\nfinish_time=0.000000\nlatency=0.000000\n";
  const head = `type=passive\nhost_name=${host}\n${times}return_code=${code}\nsource=send_gearman\n`;
  return `${head}${service === undefined ? "" : `service_description=${service}\n`}output=${output}\n\n`;
}

const noFinalLf = (text: string): string => text.replace(/\\n\n\n$/, "\n\n");
const T10 = "T10: no `\\n` at the end of host results from a list";
const UNRESOLVABLE = "tools.md 4: a server that cannot be resolved is one that fails, others are tried";

/** By id of the capture. */
export const differences: Readonly<Record<string, Difference>> = {
  sg013: {
    why: "T12: `-r 2` is an option with its value",
    change: (text) => text.replace("return_code=0", "return_code=2"),
  },
  sg045: {
    why: "tools.md 4: the file is the mistake, and enough of one",
    stderr: /^could not open file: missing.conf: No such file or directory\nUsage/,
  },
  sg052: { why: "T11", stderr: /^duplicate definition of server: 127\.0\.0\.1:\d+$/m },
  sg048: { why: "T11", stderr: /^sending job to gearmand failed: GEARMAN_COULD_NOT_CONNECT / },
  sg049: { why: "T11", stderr: /^sending job to gearmand failed: GEARMAN_COULD_NOT_CONNECT /m },
  sg053: {
    why: `${UNRESOLVABLE}; blanks after a comma are no part of the name`,
    exitCode: 0,
    stdout: "",
    texts: [resultText({ host: "h1", output: "space" })],
  },
  sg054: { why: UNRESOLVABLE, stdout: "", stderr: /^sending job to gearmand failed: .*nosuch\.invalid/ },
  sg056: {
    why: "T7: the acknowledgement is awaited",
    exitCode: 3,
    stderr: /^sending job to gearmand failed: GEARMAN_TIMEOUT /,
    texts: [],
  },
  sg058: { why: "T11", stderr: /^sending job to gearmand failed: GEARMAN_COULD_NOT_CONNECT / },
  sg062: {
    why: "T12: `--host h1` is an option with its value",
    stdout: "",
    texts: [resultText({ host: "h1", output: "" })],
  },
  sg064: { why: "T11: all debug output on standard error", stdout: "", stderr: /^encryption enabled$/m },
  sg068: { why: T10, change: noFinalLf },
  sg069: {
    why: "T8: the last line counts without LF too",
    stdout: "2 data packet(s) sent to host successfully.\n",
    texts: [
      resultText({ host: "host1", service: "svc1", output: "OK - one" }),
      resultText({ host: "host1", service: "svc2", code: 1, output: "last line without newline" }),
    ],
  },
  sg070: {
    why: "T8",
    stdout: "1 data packet(s) sent to host successfully.\n",
    texts: [resultText({ host: "host1", service: "svc1", output: "only line without newline" })],
  },
  sg073: { why: "tools.md 5.2: reported", stderr: /^line 1 skipped: fewer than three fields$/m },
  sg074: { why: "tools.md 5.2: reported", stderr: /^line 1 skipped: fewer than three fields$/m },
  sg076: {
    why: "tools.md 5.2: an empty host is a mistake",
    stdout: "0 data packet(s) sent to host successfully.\n",
    texts: [],
    stderr: /^line 1 skipped: no host\n0 sent, 0 kept, 1 skipped, 0 failed\n$/,
  },
  sg078: {
    why: "tools.md 5.2: a code and no code behind it make a host result",
    texts: [resultText({ host: "host1", output: "text\twith tab" })],
  },
  sg081: {
    why: "tools.md 5.2: a code that is no number is a mistake",
    stdout: "0 data packet(s) sent to host successfully.\n",
    texts: [],
    stderr: /^line 1 skipped: the return code is no number$/m,
  },
  sg082: { why: "T19: backslashes stay", change: (text) => text.replaceAll("\\\\", "\\") },
  sg084: {
    why: "T9: an empty output is one",
    texts: [resultText({ host: "host1", service: "svc", output: "" })],
  },
  sg086: { why: T10, change: noFinalLf },
  sg089: {
    why: "tools.md 5.2: several characters are the string",
    texts: [resultText({ host: "host1", service: "svc:x", output: "multi char" })],
  },
  sg090: {
    why: "tools.md 5.2: several characters are the string",
    stdout: "0 data packet(s) sent to host successfully.\n",
    texts: [],
  },
  sg092: {
    why: "tools.md 4: a delimiter of blanks is invalid, so the default applies",
    stdout: "1 data packet(s) sent to host successfully.\n",
    texts: [resultText({ host: "host1", service: "svc", output: "tab arg" })],
  },
  sg093: {
    why: "tools.md 5.2: `\\t` is a tab",
    texts: [resultText({ host: "host1", service: "svc", output: "literal" })],
  },
  sg101: {
    why: "wire-format.md 10: no limit of 64 KiB",
    texts: [resultText({ host: "host1", service: "svc", output: "x".repeat(70_000) })],
  },
  sg102: {
    why: "wire-format.md 10: no limit of 64 KiB",
    stdout: "1 data packet(s) sent to host successfully.\n",
    texts: [resultText({ host: "host1", service: "svc", output: `${"x".repeat(65_525)}\tB\tC\tD\tE` })],
  },
};

/** T11: what C prints to standard output and ours to standard error, with the text that replaces it there. */
const diagnostics: readonly (readonly [RegExp, (match: RegExpExecArray) => string])[] = [
  [/^\[<time>\]\[<pid>\]\[ERROR\] unknown switch '.*'\n/m, () => ""], // most of them are valid options with T12
  [/^\[<time>\]\[<pid>\]\[ERROR\] (.*)\n/m, ([, text = ""]) => text],
  [/^(encryption key) should be at least 8 bytes!\n/m, ([, text = ""]) => text],
  [/^add_job_to_queue\(\) retrying\.\.\. 0\n/m, () => ""],
  [/^(sending job to gearmand failed: ).*\n/m, ([, text = ""]) => text],
  [/^(please specify at least one server)\n/m, ([, text = ""]) => text],
  [
    /^(no encryption key provided, please use --key=... or keyfile=... or disable encryption)\n/m,
    ([, t = ""]) => t,
  ],
];

/** The expected text of both outputs, derived from the captured standard output. */
export function splitOutput(capture: SenderCapture): { stdout: string; stderr: string[] } {
  const stderr: string[] = [];
  let stdout = capture.stdout;
  for (const [pattern, found] of diagnostics) {
    for (let match = pattern.exec(stdout); match !== null; match = pattern.exec(stdout)) {
      stderr.push(found(match));
      stdout = stdout.slice(0, match.index) + stdout.slice(match.index + match[0].length);
    }
  }
  const askedForHelp = capture.args.some((argument) => /^(-h|--help|help)$/.test(argument));
  if (!askedForHelp && stdout.includes("<usage text>")) {
    stderr.push("usage: send_gearman");
    stdout = stdout.replace("<usage text>", "");
  }
  return { stdout, stderr };
}
