import type { JobMark } from "./job-mark.ts";
import { markKey } from "./job-mark.ts";
import { type JournalContent, RecordState } from "./journal-table.ts";

/** A job that was running when a process died. */
export interface Suspect {
  readonly mark: JobMark;
  /** It was running alone: it is not run again. */
  readonly isRefused: boolean;
}

export interface Remains {
  readonly suspects: readonly Suspect[];
  /** Number of consecutive processes that died while jobs were running. */
  readonly deaths: number;
  /** Number of suspects dropped because there were too many. */
  readonly forgotten: number;
}

/** Half the capacity of a journal: the other half is for the jobs of this process. */
export const MAX_SUSPECTS = 4096;

/** Merges journals of dead processes; a job that is in several is refused if one of them says so. */
export function remainsOf(journals: readonly JournalContent[]): Remains {
  const byKey = new Map<string, Suspect>();
  let deaths = 0;
  for (const { deaths: before, records } of journals) {
    const hadJobs = records.some(({ state }) => state === RecordState.running || state === RecordState.alone);
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
