import type { Logger } from "@mod-gearman/base";
import { type OpenedJournal, openJournal } from "./job-journal.ts";
import type { ReadProc } from "./journal-folder.ts";

/** Opens the journal in a folder, if there is one, and logs what was found. */
export function openWorkerJournal(
  folder: string | undefined,
  deps: { readonly readProc: ReadProc; readonly logger: Logger },
): OpenedJournal {
  const { logger } = deps;
  if (folder === undefined)
    logger.info(
      "no folder for the journal of jobs in hand (STATE_DIRECTORY, /var/lib/mod-gearman, beside result_spool or the pid file)",
    );
  const opened = openJournal({ folder, ...deps });
  const { suspects, forgotten } = opened.remains;
  const refused = suspects.filter(({ isRefused }) => isRefused).length;
  if (suspects.length > 0)
    logger.warn(
      `the worker died with jobs in hand: if they come again, ${suspects.length - refused} will run alone and ${refused} will not run` +
        (forgotten === 0 ? "" : `; ${forgotten} more are not known any more`),
    );
  return opened;
}
