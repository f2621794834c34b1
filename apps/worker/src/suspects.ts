import type { JobMark } from "./job-mark.ts";
import { markKey } from "./job-mark.ts";
import { type JournalContent, RecordState } from "./journal-table.ts";

/** A job that was in hand when a process died. */
export interface Suspect {
  readonly mark: JobMark;
  /** It was alone then: it is not run again. */
  readonly isRefused: boolean;
}

/** What the journals of dead processes come to. */
export interface Remains {
  readonly suspects: readonly Suspect[];
  /** Processes that died in a row with jobs in hand. */
  readonly deaths: number;
  /** Suspects that were left out because there were too many. */
  readonly forgotten: number;
}

/** Half of what a journal can hold: the other half is for the jobs of the running process. */
export const MAX_SUSPECTS = 4096;

/** Puts journals of dead processes together; a job that occurs twice is refused if one of them says so. */
export function remainsOf(journals: readonly JournalContent[]): Remains {
  const byKey = new Map<string, Suspect>();
  let deaths = 0;
  for (const { deaths: before, records } of journals) {
    const hadJobs = records.some(({ state }) => state === RecordState.inHand || state === RecordState.alone);
    deaths = Math.max(deaths, before + (hadJobs ? 1 : 0));
    for (const { state, mark } of records) {
      const key = markKey(mark);
      const isRefused = state === RecordState.alone || state === RecordState.refused;
      if (isRefused || !byKey.has(key)) byKey.set(key, { mark, isRefused });
    }
  }
  const all = [...byKey.values()].sort((a, b) => Number(b.isRefused) - Number(a.isRefused));
  const suspects = all.slice(0, MAX_SUSPECTS);
  return { suspects, deaths, forgotten: all.length - suspects.length };
}
