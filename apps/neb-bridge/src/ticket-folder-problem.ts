import { everyUserMayWrite, fileAccess, octal } from "@mod-gearman/config";

/** Why no ticket can be redeemed from the folder `enroll_dir`; undefined if one can. */
export function ticketFolderProblem(path: string): string | undefined {
  return modeOf(path) === undefined
    ? `enroll_dir: ${path} is no folder, so no ticket can be redeemed`
    : openFolderProblem(path);
}

/** Where every user may write, one could undo redemptions and revocations of tickets: then none is redeemed. */
export function openFolderProblem(path: string): string | undefined {
  const mode = modeOf(path) ?? 0;
  return everyUserMayWrite(mode)
    ? `enroll_dir: every user may write ${path} (mode ${octal(mode)}), so no ticket is redeemed: chmod 700`
    : undefined;
}

const modeOf = (path: string): number | undefined => fileAccess.folderStatsOf?.(path)?.mode;
