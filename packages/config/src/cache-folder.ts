/** What {@link cacheFolder} looks at. */
export interface CacheWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Effective user; undefined where there is no such thing. */
  readonly userId: number | undefined;
  /** What stands at a path, links not followed; undefined for nothing. May throw. */
  readonly look: (path: string) => FoundPath | undefined;
  /** Make a folder for this user only, and those above it. May throw. */
  readonly make: (path: string) => void;
}

/** The part of node:fs `Stats` that counts. */
interface FoundPath {
  readonly uid: number;
  readonly mode: number;
  isDirectory(): boolean;
}

const OTHERS_MAY_WRITE = 0o022;

/**
 * Where compiled code may be kept between two starts: `mod-gearman` in the user's cache folder. Compiled code is
 * executed as it is found, so nobody else may be able to put something there: folder and home have to belong to the
 * user and to be closed to others for writing; a shared place such as /tmp is out of the question.
 *
 * @returns undefined when there is no such place; the program starts a little slower then
 */
export function cacheFolder(world: CacheWorld): string | undefined {
  const { HOME: home, XDG_CACHE_HOME: cache } = world.env;
  const base =
    cache?.startsWith("/") === true ? cache : home?.startsWith("/") === true ? `${home}/.cache` : undefined;
  if (base === undefined || world.userId === undefined) return undefined;
  const folder = `${base}/mod-gearman`;
  const above = base === cache ? [base] : [home ?? "", base];
  try {
    if (world.look(folder) === undefined) {
      if (!above.every((path) => isOwn(world, path, true))) return undefined;
      world.make(folder);
    }
    return [...above, folder].every((path) => isOwn(world, path, false)) ? folder : undefined;
  } catch {
    return undefined;
  }
}

function isOwn({ look, userId }: CacheWorld, path: string, mayBeMissing: boolean): boolean {
  const found = look(path);
  if (found === undefined) return mayBeMissing;
  return found.isDirectory() && found.uid === userId && (found.mode & OTHERS_MAY_WRITE) === 0;
}
