export { type Alarm, startAlarm, type TimerClock } from "./alarm.ts";
export { type Clock, systemClock, valueWithin, within } from "./clock.ts";
export { closeInspector, holdSignals, NO_INSPECTOR, withoutInspector } from "./early-signals.ts";
export { Fifo } from "./fifo.ts";
export { ABORT_LADDER, KillLadder, type Rung, TIMEOUT_LADDER } from "./kill-ladder.ts";
export { type Logger, type LogLevel, nullLogger } from "./logger.ts";
export { makeFolders } from "./make-folders.ts";
export { type OmitUndefined, omitUndefined } from "./omit-undefined.ts";
export { escapeControls, oneLine } from "./one-line.ts";
export {
  codeOf,
  type FileCalls,
  type FileKind,
  kindOf,
  NEVER_WAIT,
  type OpenRules,
  openFile,
  readRegularFile,
  reasonOf,
  wrongKind,
} from "./open-file.ts";
export { ownAddresses } from "./own-addresses.ts";
export { type PidFile, pidFileHolder, removePidFile, writePidFile } from "./pid-file.ts";
export type { Micros, PluginOutcome, ResourceUsage } from "./plugin-outcome.ts";
export { printable, printableBytes, printableLatin1, type TextKind } from "./printable.ts";
export { signalGroup, signalRest } from "./process-group.ts";
export { isResourceShortage } from "./resource-shortage.ts";
export { processStart } from "./running-process.ts";
export {
  connectionKey,
  isSameServer,
  printAddress,
  printServer,
  type ServerAddress,
  type ServerTls,
  serverOfKey,
  TLS_SCHEME,
} from "./server-address.ts";
export { type Stopwatch, startStopwatch } from "./stopwatch.ts";
export { systemReason } from "./system-reason.ts";
export { MAX_TIMER_MS, startTimer, stopTimer, type Timer, timeoutSignal } from "./timers.ts";
