export { escapeControls, oneLine } from "./one-line.ts";
export { printable, printableBytes, printableLatin1, type TextKind } from "./printable.ts";
export { MAX_TIMER_MS, startTimer, stopTimer, type Timer, timeoutSignal } from "./timers.ts";
