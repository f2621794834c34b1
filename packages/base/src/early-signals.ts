/** The part of a process that {@link holdSignals} needs. */
export interface SignalSource {
  on(event: NodeJS.Signals, listener: () => void): unknown;
  on(event: "newListener", listener: (event: string | symbol) => void): unknown;
  emit(event: NodeJS.Signals, signal: NodeJS.Signals): unknown;
  listenerCount(event: NodeJS.Signals): number;
}

/**
 * Keeps signals from ending a process that does not handle them yet, or no longer does. To be called as its
 * first statement: a signal before the program listens is delivered once it does.
 */
export function holdSignals(host: SignalSource, signals: readonly NodeJS.Signals[]): void {
  const held = new Set<string | symbol>();
  for (const signal of signals) {
    host.on(signal, () => {
      if (host.listenerCount(signal) === 1) held.add(signal);
    });
  }
  host.on("newListener", (event) => {
    if (!held.delete(event)) return;
    const signal = event as NodeJS.Signals;
    setImmediate(() => host.emit(signal, signal)); // the listener is added after this event
  });
}

/**
 * Argument of Node.js that makes SIGUSR1 open no inspector until the program listens to it: that address is no machine's,
 * so the attempt fails with one line on standard error. `--disable-sigusr1` would be refused by Node.js 22.13, and as of
 * 24.21 it leaves the signal blocked for good, so that no listener is ever called.
 */
export const NO_INSPECTOR = "--inspect-port=240.0.0.1:9229";

const ASKS_FOR_INSPECTOR = /^--inspect(?:=|-brk|-wait|$)/;

/**
 * Arguments of Node.js for a restart of the same program, {@link NO_INSPECTOR} among them unless an inspector
 * was requested.
 */
export function withoutInspector(execArgv: readonly string[]): string[] {
  const isSettled = execArgv.some((word) => word.startsWith("--inspect"));
  return isSettled ? [...execArgv] : [NO_INSPECTOR, ...execArgv];
}

/** The part of a process that {@link closeInspector} needs; `getBuiltinModule` is missing before Node.js 22.3. */
export interface InspectorHost {
  readonly execArgv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  getBuiltinModule?(name: "node:inspector"): { url(): string | undefined; close(): void };
}

/** When a signal from before the first statement may still open the inspector: a thread has to wake up first. Milliseconds. */
const LATE_MS = [1000, 10_000];

/**
 * Closes the inspector that a SIGUSR1 before the first statement has opened, or opens shortly after. One
 * requested by the command line or NODE_OPTIONS stays.
 */
export function closeInspector(host: InspectorHost): void {
  const asked = [...host.execArgv, ...(host.env.NODE_OPTIONS ?? "").split(" ")];
  if (asked.some((word) => ASKS_FOR_INSPECTOR.test(word))) return;
  const inspector = host.getBuiltinModule?.("node:inspector");
  if (inspector === undefined) return;
  const close = () => {
    if (inspector.url() !== undefined) inspector.close();
  };
  close();
  setImmediate(() => {
    close(); // the request may have waited for the event loop
    for (const delayMs of LATE_MS) setTimeout(close, delayMs).unref();
  });
}
