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

/** One decimal; `-` if unknown. */
export function printRate(rate: number | undefined): string {
  return rate === undefined ? "-" : rate.toFixed(1);
}
