import { dirname } from "node:path";
import { withoutSecret } from "./excerpt.ts";
import type { LoadDeps } from "./loaded.ts";
import type { WarningCollector } from "./warning-collector.ts";

const GROUP_WRITE = 0o020;
const OTHERS = 0o007;
const OTHERS_READ = 0o004;
const OTHERS_WRITE = 0o002;
/** In a folder with it, a file is renamed and removed by its owner only. */
const STICKY = 0o1000;
const PERMISSIONS = 0o7777;
const ROOT = 0;
const MAX_LINKS = 40;
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

/** Why a file with keys of version 2 protects nothing. A group may read it. */
export function openKeyProblem(path: string, deps: Pick<LoadDeps, "statsOf" | "env">): string | undefined {
  const mode = deps.statsOf?.(path)?.mode ?? 0;
  if ((mode & OTHERS) === 0 || isCredential(path, deps)) return undefined;
  return `${withoutSecret(path)} is open to every user, its keys protect nothing: chmod 600`;
}

/**
 * Why a file that decides who may do what cannot be trusted: another user than root and that of this program may write it, or put
 * another file in its place, in its folder or in one where links lead. To root, which looks at files of other users, their owners are no
 * reason. Files that are not regular are not checked, neither are the folders above.
 */
export function writersProblem(path: string, deps: WritersDeps): string | undefined {
  const stats = deps.statsOf?.(path);
  if (stats === undefined || isCredential(path, deps)) return undefined;
  const { mode, uid } = stats;
  if ((mode & (GROUP_WRITE | OTHERS_WRITE)) !== 0)
    return `more users than its owner may write it (mode ${octal(mode)}): chmod go-w`;
  return (
    ownerProblem("it", uid, deps) ??
    folderProblem("its folder", dirname(path), deps) ??
    linksProblem(path, deps)
  );
}

type WritersDeps = Pick<LoadDeps, "statsOf" | "folderStatsOf" | "linkOf" | "userId" | "env">;

function ownerProblem(what: string, uid: number, { userId }: WritersDeps): string | undefined {
  if (uid === ROOT || userId === undefined || userId === ROOT || uid === userId) return undefined;
  return `${what} belongs to user ${uid}, neither to root nor to the user of this program (${userId})`;
}

/** Whether another user may put another file into a folder, in the place of one that is there. */
function folderProblem(what: string, path: string, deps: WritersDeps): string | undefined {
  const stats = deps.folderStatsOf?.(path);
  if (stats === undefined) return undefined;
  const { mode, uid } = stats;
  if (everyUserMayWrite(mode) && (mode & STICKY) === 0)
    return `every user may write ${what}, and so put another file in its place (mode ${octal(mode)}): chmod o-w`;
  return ownerProblem(what, uid, deps);
}

/** The same of each link on the way to the file: a link is as good as the file for who wants another one to be read. */
function linksProblem(path: string, deps: WritersDeps): string | undefined {
  let at = path;
  for (let links = 0; links < MAX_LINKS; links++) {
    const link = deps.linkOf?.(at);
    if (link === undefined) return undefined;
    const folder = dirname(link.target);
    const problem =
      ownerProblem(`the link ${withoutSecret(at)}`, link.uid, deps) ??
      folderProblem(`the folder ${withoutSecret(folder)} that a link leads to`, folder, deps);
    if (problem !== undefined) return problem;
    at = link.target;
  }
  return undefined; // the system follows no more either
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
