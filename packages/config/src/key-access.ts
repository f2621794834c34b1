import { dirname } from "node:path";
import { withoutSecret } from "./excerpt.ts";
import type { LoadDeps } from "./loaded.ts";
import type { WarningCollector } from "./warning-collector.ts";

const GROUP_WRITE = 0o020;
const OTHERS_READ = 0o004;
const OTHERS_WRITE = 0o002;
/** In a folder with it, a file is renamed and removed by its owner only. */
const STICKY = 0o1000;
const PERMISSIONS = 0o7777;
const ROOT = 0;
/**
 * Folder of the credentials that systemd passes to a service: not accessible to others, regardless of the modes of its
 * files.
 */
const CREDENTIALS = "CREDENTIALS_DIRECTORY";
/** Folder of the secrets that Docker, Podman and compose mount into a container, by default readable for all users in it. */
const CONTAINER_SECRETS = "/run/secrets/";

/**
 * Warns about a file with a key that every user may read or write, or whose owner is neither root nor the user of this
 * program. A group may read it (root:group 0640). Pipes, devices, systemd's credentials and secrets of containers are not checked.
 *
 * @param path a file that has been read
 * @param where the option that names it, or the line with the key
 */
export function adviseOnKeyAccess(
  path: string,
  where: string,
  deps: LoadDeps,
  warnings: WarningCollector,
): void {
  const stats = deps.statsOf?.(path);
  if (stats === undefined || isCredential(path, deps)) return;
  const { mode, uid } = stats;
  const verbs = [...(mode & OTHERS_READ ? ["read"] : []), ...(mode & OTHERS_WRITE ? ["write"] : [])];
  if (verbs.length > 0) {
    warnings.advise(
      "warn",
      `every user may ${verbs.join(" and ")} ${withoutSecret(path)}, which holds a key (mode ${octal(mode)})`,
      where,
    );
  }
  if (uid !== ROOT && deps.userId !== undefined && uid !== deps.userId)
    warnings.advise(
      "warn",
      `${withoutSecret(path)}, which holds a key, belongs to user ${uid}, neither to root nor to the user of this program (${deps.userId})`,
      where,
    );
}

/**
 * Why a file that decides who may do what cannot be trusted: another user than root and that of this program may write it, or every user
 * may put another file in its place. To root, which looks at files of other users, their owners are no reason. Files that are not regular
 * are not checked, neither are the folders above that of the file.
 */
export function writersProblem(
  path: string,
  deps: Pick<LoadDeps, "statsOf" | "folderStatsOf" | "userId" | "env">,
): string | undefined {
  const stats = deps.statsOf?.(path);
  if (stats === undefined || isCredential(path, deps)) return undefined;
  const { mode, uid } = stats;
  if ((mode & (GROUP_WRITE | OTHERS_WRITE)) !== 0)
    return `more users than its owner may write it (mode ${octal(mode)}): chmod go-w`;
  if (uid !== ROOT && deps.userId !== undefined && deps.userId !== ROOT && uid !== deps.userId)
    return `it belongs to user ${uid}, neither to root nor to the user of this program (${deps.userId})`;
  const folder = deps.folderStatsOf?.(dirname(path))?.mode ?? 0;
  if (everyUserMayWrite(folder) && (folder & STICKY) === 0)
    return `every user may write its folder, and so put another file in its place (mode ${octal(folder)}): chmod o-w`;
  return undefined;
}

export const everyUserMayWrite = (mode: number): boolean => (mode & OTHERS_WRITE) !== 0;

/** Permissions of a mode, as `0640`. */
export const octal = (mode: number): string => (mode & PERMISSIONS).toString(8).padStart(4, "0");

/** Whether the system guards a file and its mode says nothing: a credential of systemd, or a secret of a container. */
export function isCredential(path: string, { env }: Pick<LoadDeps, "env">): boolean {
  if (path.startsWith(CONTAINER_SECRETS)) return true;
  const folder = env?.[CREDENTIALS];
  return folder?.startsWith("/") === true && path.startsWith(`${folder.replace(/\/+$/, "")}/`);
}
