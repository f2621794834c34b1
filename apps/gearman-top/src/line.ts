import type { ServerModel } from "./model.ts";
import { safeText } from "./safe-text.ts";

/** Printable. */
export interface Line {
  readonly text: string;
  readonly colour?: "red" | "yellow";
  readonly isDim?: boolean;
}

/** First line of a server's table. `time` is local time. */
export function headline(time: string, model: ServerModel): string {
  const version = model.version === undefined ? "" : `  -  v${safeText(model.version)}`;
  return `${time}  -  ${model.server}${version}`;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** At most six characters, for instance `12s`, `3m05s`, `2h10m`, `4d03h`; `-` if unknown or none. */
export function printAge(seconds: number | undefined): string {
  if (seconds === undefined) return "-";
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  if (seconds < MINUTE) return `${Math.floor(seconds)}s`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)}m${two(seconds % MINUTE)}s`;
  if (seconds < DAY) return `${Math.floor(seconds / HOUR)}h${two((seconds % HOUR) / MINUTE)}m`;
  const days = Math.floor(seconds / DAY);
  return days > 99 ? `${days}d` : `${days}d${two((seconds % DAY) / HOUR)}h`;
}

/** One decimal; `-` if unknown. */
export function printRate(rate: number | undefined): string {
  return rate === undefined ? "-" : rate.toFixed(1);
}
