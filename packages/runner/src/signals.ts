/** Names of signals in check results. Source: worker.md 4.6. */
const NAMES: Readonly<Record<number, string>> = {
  1: "hangup",
  2: "interrupt",
  3: "quit",
  4: "illegal instruction",
  5: "trace/breakpoint trap",
  6: "aborted",
  7: "bus error",
  8: "floating point exception",
  9: "killed",
  10: "user defined signal 1",
  11: "segmentation fault",
  12: "user defined signal 2",
  13: "broken pipe",
  14: "alarm clock",
  15: "terminated",
  24: "CPU time limit exceeded",
  25: "file size limit exceeded",
  31: "bad system call",
};

/** `signal <n>` if there is no name. */
export function signalName(signal: number): string {
  return NAMES[signal] ?? `signal ${signal}`;
}
