/** What {@link cacheFolder} looks at. */
export interface CacheWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Effective user; undefined where there is no such thing. */
  readonly userId: number | undefined;
  /** What stands at a path, links not followed; undefined for nothing. May throw. */
  readonly look: (path: string) => FoundPath | undefined;
  /** Make a folder for this user only, in one that is there. May throw. */
  readonly make: (path: string) => void;
}

/** The part of node:fs `Stats` that counts. */
interface FoundPath {
  readonly uid: number;
  readonly mode: number;
  isDirectory(): boolean;
}

const OTHERS_MAY_WRITE = 0o022;
/** Node makes the folders in it as open as the umask allows. */
const OTHERS_MAY_ENTER = 0o077;

/**
 * Where compiled code may be kept between two starts: `mod-gearman` in the user's cache folder. Compiled code is
 * executed as it is found, so nobody else may be able to put something there: home and cache folder have to belong to the
 * user and to be closed to others for writing, `mod-gearman` to be closed to them altogether; a shared place such as /tmp
 * is out of the question. A home that is missing stays so.
 *
 * @returns undefined when there is no such place; the program starts a little slower then
 */
export function cacheFolder(world: CacheWorld): string | undefined {
  const { HOME: home, XDG_CACHE_HOME: cache } = world.env;
  const isCacheNamed = cache?.startsWith("/") === true;
  if (world.userId === undefined || !(isCacheNamed || home?.startsWith("/") === true)) return undefined;
  const base = isCacheNamed ? cache : `${home}/.cache`;
  const folder = `${base}/mod-gearman`;
  try {
    if (!isCacheNamed && !isOwn(world, home ?? "", OTHERS_MAY_WRITE)) return undefined;
    if (!isOwnOrMade(world, base, OTHERS_MAY_WRITE)) return undefined;
    return isOwnOrMade(world, folder, OTHERS_MAY_ENTER) ? folder : undefined;
  } catch {
    return undefined;
  }
}

/** One level at a time: making several at once, Node loops for ever where there are files that cannot be made (/proc). */
function isOwnOrMade(world: CacheWorld, path: string, closed: number): boolean {
  if (world.look(path) === undefined) world.make(path);
  return isOwn(world, path, closed);
}

function isOwn({ look, userId }: CacheWorld, path: string, closed: number): boolean {
  const found = look(path);
  return found?.isDirectory() === true && found.uid === userId && (found.mode & closed) === 0;
}
