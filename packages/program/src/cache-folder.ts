export interface CacheWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Effective user; undefined if the system has none. */
  readonly userId: number | undefined;
  /** Status of a path, links not followed; undefined if it does not exist. May throw. */
  readonly look: (path: string) => FoundPath | undefined;
  /** Creates a folder for this user only, in an existing one. May throw. */
  readonly make: (path: string) => void;
}

interface FoundPath {
  readonly uid: number;
  readonly mode: number;
  isDirectory(): boolean;
}

/** Of the packages: a folder per user id, made for services and cores, whose users may have no home. */
const SITE = "/var/cache/mod-gearman-ts";
const ROOT = 0;
const OTHERS_MAY_WRITE = 0o022;
/** Node creates the folders in it with the permissions given by the umask. */
const OTHERS_MAY_ENTER = 0o077;

/**
 * Where compiled code may be kept between two starts: `mod-gearman` in `XDG_CACHE_HOME`, the folder that the packages made
 * for this user, or `mod-gearman` in the cache folder of the user's home. Compiled code is executed unchecked, so no other
 * user but root may be able to write there: home and cache folder must belong to the user and not be writable by others,
 * the last folder must be closed to them; a shared folder such as /tmp is never used. A missing home is not created.
 *
 * @returns undefined if there is no such folder; the program then starts a little slower
 */
export function cacheFolder(world: CacheWorld): string | undefined {
  const { HOME: home, XDG_CACHE_HOME: cache } = world.env;
  if (world.userId === undefined) return undefined;
  try {
    if (cache?.startsWith("/")) return folderIn(cache, world);
    const site = `${SITE}/${world.userId}`;
    if (isOwn({ ...world, userId: ROOT }, SITE, OTHERS_MAY_WRITE) && isOwn(world, site, OTHERS_MAY_ENTER))
      return site;
    if (home?.startsWith("/") !== true || !isOwn(world, home, OTHERS_MAY_WRITE)) return undefined;
    return folderIn(`${home}/.cache`, world);
  } catch {
    return undefined;
  }
}

function folderIn(base: string, world: CacheWorld): string | undefined {
  const folder = `${base}/mod-gearman`;
  if (!isOwnOrMade(world, base, OTHERS_MAY_WRITE)) return undefined;
  return isOwnOrMade(world, folder, OTHERS_MAY_ENTER) ? folder : undefined;
}

/** One level at a time: mkdir with `recursive` never returns below /proc. */
function isOwnOrMade(world: CacheWorld, path: string, closed: number): boolean {
  if (world.look(path) === undefined) world.make(path);
  return isOwn(world, path, closed);
}

function isOwn({ look, userId }: CacheWorld, path: string, closed: number): boolean {
  const found = look(path);
  return found?.isDirectory() === true && found.uid === userId && (found.mode & closed) === 0;
}
