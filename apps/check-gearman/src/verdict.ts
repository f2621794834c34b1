import { omitUndefined, printAddress, printableLatin1, type ServerAddress } from "@mod-gearman/base";
import { fromUtf8 } from "@mod-gearman/config";

export type State = "OK" | "WARNING" | "CRITICAL" | "UNKNOWN";

export const EXIT_CODES: Readonly<Record<State, number>> = { OK: 0, WARNING: 1, CRITICAL: 2, UNKNOWN: 3 };

const BY_WEIGHT: readonly State[] = ["OK", "UNKNOWN", "WARNING", "CRITICAL"];

/** A state with its text. All text of this program is latin1: one character is one byte. */
export interface Verdict {
  readonly state: State;
  readonly text: string;
  /** Absent: the line has no `|`. */
  readonly perfdata?: string;
}

/** The address of a server as text of this program. */
export function addressText(server: ServerAddress): string {
  return fromUtf8(printAddress(server));
}

export interface ServerVerdict extends Verdict {
  readonly server: ServerAddress;
}

/** The worst of the states; OK if there are none. */
export function worst(states: readonly State[]): State {
  return states.reduce<State>(
    (one, other) => (BY_WEIGHT.indexOf(other) > BY_WEIGHT.indexOf(one) ? other : one),
    "OK",
  );
}

export function printLine({ state, text, perfdata }: Verdict): string {
  return `check_gearman ${state} - ${text}${perfdata === undefined ? "" : `|${perfdata}`}\n`;
}

/**
 * One verdict about all servers: the worst state; with more than one server every text names its server. Perfdata is
 * concatenated: its labels already distinguish the queues of each server. Source: tools.md T5.
 */
export function combine(verdicts: readonly ServerVerdict[]): Verdict {
  const perfdata = verdicts.flatMap((one) => one.perfdata ?? []);
  const texts = verdicts.map(({ server, text }) =>
    verdicts.length === 1 ? text : `${addressText(server)}: ${text.trimEnd()}`,
  );
  return {
    state: worst(verdicts.map((one) => one.state)),
    text: texts.join(" - "),
    ...omitUndefined({ perfdata: perfdata.length === 0 ? undefined : perfdata.join("") }),
  };
}

/** Text of a peer for a status line: control characters, which would break the line, and `|`, which would end the text, are replaced. */
export function inLine(text: string): string {
  return printableLatin1(text).replaceAll("|", "/");
}
