import type { FileStats, Loaded, WorkerOptions } from "@mod-gearman/config";
import { isCredential, withoutSecret } from "@mod-gearman/config";
import type { Identity } from "./run-as.ts";
import type { World } from "./world.ts";

const [OWNER_READ, GROUP_READ, OTHERS_READ] = [0o400, 0o040, 0o004];

type Stats = Pick<World["files"], "statsOf" | "env">;
const NO_FILES: Stats = {};

/** Why plugins can read the keys of version 2 of a worker; undefined if they cannot, or no key is in use. */
export function keyExposure(
  { options }: Pick<Loaded<WorkerOptions>, "options">,
  { files = NO_FILES, identity }: Pick<World, "identity"> & { readonly files?: Stats },
): string | undefined {
  const { envelopeIdentityFile: path, identityFile, runAs } = options;
  if (path === undefined || identityFile === undefined) return undefined;
  if (runAs === undefined)
    return `plugins run as the user of this worker, which reads ${withoutSecret(path)}, and can read it too: see run_as`;
  const stats = isCredential(path, files) ? undefined : files.statsOf?.(path);
  const plugins = stats === undefined ? undefined : identityOf(runAs, identity);
  if (stats === undefined || plugins === undefined || !mayRead(stats, plugins)) return undefined;
  return `plugins run as ${runAs}, who can read ${withoutSecret(path)}: it is to belong to root, with mode 0600`;
}

/** Undefined if it cannot be known here, for example by a user who is not root: a start reports that. */
function identityOf(runAs: string, identity: World["identity"]): Identity | undefined {
  try {
    return identity(runAs);
  } catch {
    return undefined;
  }
}

function mayRead({ mode, uid, gid }: FileStats, plugins: Identity): boolean {
  if (plugins.uid === 0) return true;
  if (uid === plugins.uid) return (mode & OWNER_READ) !== 0;
  const isMember = gid !== undefined && [plugins.gid, ...plugins.groups].includes(gid);
  return (mode & (isMember ? GROUP_READ : OTHERS_READ)) !== 0;
}
