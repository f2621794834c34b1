import type { LoadDeps } from "./loaded.ts";
import type { WarningCollector } from "./warning-collector.ts";

const OTHERS_READ = 0o004;
const OTHERS_WRITE = 0o002;
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
    const shown = (mode & PERMISSIONS).toString(8).padStart(4, "0");
    warnings.advise(
      "warn",
      `every user may ${verbs.join(" and ")} ${path}, which holds a key (mode ${shown})`,
      where,
    );
  }
  if (uid !== ROOT && deps.userId !== undefined && uid !== deps.userId)
    warnings.advise(
      "warn",
      `${path}, which holds a key, belongs to user ${uid}, neither to root nor to the user of this program (${deps.userId})`,
      where,
    );
}

/** Whether the system guards a file and its mode says nothing: a credential of systemd, or a secret of a container. */
export function isCredential(path: string, { env }: LoadDeps): boolean {
  if (path.startsWith(CONTAINER_SECRETS)) return true;
  const folder = env?.[CREDENTIALS];
  return folder?.startsWith("/") === true && path.startsWith(`${folder.replace(/\/+$/, "")}/`);
}
