export { escapeControls, oneLine } from "./one-line.ts";
export { printable, printableBytes, printableLatin1, UNSAFE_IN_LINE, UNSAFE_IN_TEXT } from "./printable.ts";
export { MAX_TIMER_MS, startTimer, stopTimer, type Timer, timeoutSignal } from "./timers.ts";
