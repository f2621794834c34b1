import { type Stats, statSync } from "node:fs";

const OTHERS_WRITE = 0o002;
const PERMISSIONS = 0o7777;

/** Why no ticket can be redeemed from the folder `enroll_dir`; undefined if one can. */
export function ticketFolderProblem(path: string): string | undefined {
  if (statsOf(path)?.isDirectory() !== true)
    return `enroll_dir: ${path} is no folder, so no ticket can be redeemed`;
  return openFolderProblem(path);
}

/** Where every user may write, one could undo redemptions and revocations of tickets: then none is redeemed. */
export function openFolderProblem(path: string): string | undefined {
  const mode = statsOf(path)?.mode ?? 0;
  if ((mode & OTHERS_WRITE) === 0) return undefined;
  const shown = (mode & PERMISSIONS).toString(8).padStart(4, "0");
  return `enroll_dir: every user may write ${path} (mode ${shown}), so no ticket is redeemed: chmod 700`;
}

function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
