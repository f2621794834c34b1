import { expect, test } from "vitest";
import { type CacheWorld, cacheFolder } from "../src/cache-folder.ts";

const OWN = { uid: 1000, mode: 0o40755, isDirectory: () => true };
const CLOSED = { ...OWN, mode: 0o40700 };
const HOME = "/home/nagios";

interface Setup {
  readonly env?: Record<string, string>;
  readonly userId?: number;
  readonly paths?: Record<string, typeof OWN>;
  readonly cannotMake?: boolean;
}

function look({ env = { HOME }, userId = 1000, paths = { [HOME]: OWN }, cannotMake = false }: Setup) {
  const there = new Map(Object.entries(paths));
  const made: string[] = [];
  const world: CacheWorld = {
    env,
    userId,
    look: (path) => there.get(path),
    make: (path) => {
      if (cannotMake) throw new Error("EACCES");
      const above = path.slice(0, path.lastIndexOf("/")) || "/";
      if (above !== "/" && !there.has(above)) throw new Error("ENOENT");
      made.push(path);
      there.set(path, CLOSED);
    },
  };
  return { folder: cacheFolder(world), made };
}

const CACHE = `${HOME}/.cache`;
const IN_HOME = `${CACHE}/mod-gearman`;
const SITE = "/var/cache/mod-gearman-ts";
const OF_ROOT = { ...OWN, uid: 0 };
const OF_PACKAGES = `${SITE}/1000`;

test.for<[string, Setup, string | undefined, string[]]>([
  ["made in the home", {}, IN_HOME, [CACHE, IN_HOME]],
  ["made in the cache", { paths: { [HOME]: OWN, [CACHE]: OWN } }, IN_HOME, [IN_HOME]],
  ["there already", { paths: { [HOME]: OWN, [CACHE]: OWN, [IN_HOME]: CLOSED } }, IN_HOME, []],
  [
    "in XDG_CACHE_HOME",
    { env: { HOME, XDG_CACHE_HOME: "/cache" }, paths: { "/cache": OWN } },
    "/cache/mod-gearman",
    ["/cache/mod-gearman"],
  ],
  [
    "XDG_CACHE_HOME that is to be made",
    { env: { XDG_CACHE_HOME: "/cache" }, paths: {} },
    "/cache/mod-gearman",
    ["/cache", "/cache/mod-gearman"],
  ],
  ["XDG_CACHE_HOME in nothing", { env: { XDG_CACHE_HOME: "/no/cache" }, paths: {} }, undefined, []],
  ["a home that is missing is not made", { paths: {} }, undefined, []],
  ["relative paths do not count", { env: { HOME: "home", XDG_CACHE_HOME: "cache" } }, undefined, []],
  ["no home", { env: {} }, undefined, []],
  ["no such thing as users", { userId: Number.NaN }, undefined, []],
  ["the home of another user", { paths: { [HOME]: { ...OWN, uid: 0 } } }, undefined, []],
  ["a home where others may write", { paths: { [HOME]: { ...OWN, mode: 0o41777 } } }, undefined, []],
  [
    "a cache where the group may write",
    { paths: { [HOME]: OWN, [CACHE]: { ...OWN, mode: 0o40775 } } },
    undefined,
    [],
  ],
  [
    "a folder of another user",
    { paths: { [HOME]: OWN, [CACHE]: OWN, [IN_HOME]: { ...OWN, uid: 1001, mode: 0o40700 } } },
    undefined,
    [],
  ],
  [
    "a folder that others may enter: its own folders may be open to them",
    { paths: { [HOME]: OWN, [CACHE]: OWN, [IN_HOME]: { ...OWN, mode: 0o40750 } } },
    undefined,
    [],
  ],
  [
    "a symbolic link",
    { paths: { [HOME]: OWN, [CACHE]: OWN, [IN_HOME]: { ...CLOSED, isDirectory: () => false } } },
    undefined,
    [],
  ],
  [
    "made by the packages",
    { paths: { [HOME]: OWN, [SITE]: OF_ROOT, [OF_PACKAGES]: CLOSED } },
    OF_PACKAGES,
    [],
  ],
  ["a user without home", { env: {}, paths: { [SITE]: OF_ROOT, [OF_PACKAGES]: CLOSED } }, OF_PACKAGES, []],
  [
    "XDG_CACHE_HOME is a wish",
    { env: { XDG_CACHE_HOME: CACHE }, paths: { [CACHE]: OWN, [SITE]: OF_ROOT, [OF_PACKAGES]: CLOSED } },
    IN_HOME,
    [IN_HOME],
  ],
  [
    "the packages made none for this user",
    { paths: { [HOME]: OWN, [CACHE]: OWN, [IN_HOME]: CLOSED, [SITE]: OF_ROOT } },
    IN_HOME,
    [],
  ],
  [
    "a folder of packages that is not root's",
    { env: {}, paths: { [SITE]: OWN, [OF_PACKAGES]: CLOSED } },
    undefined,
    [],
  ],
  [
    "a folder of packages where others may write",
    { env: {}, paths: { [SITE]: { ...OF_ROOT, mode: 0o40775 }, [OF_PACKAGES]: CLOSED } },
    undefined,
    [],
  ],
  [
    "one that belongs to another user",
    { env: {}, paths: { [SITE]: OF_ROOT, [OF_PACKAGES]: { ...CLOSED, uid: 1001 } } },
    undefined,
    [],
  ],
  ["cannot be made", { cannotMake: true }, undefined, []],
])("%s", ([, setup, folder, made]) => {
  expect(look(setup)).toEqual({ folder, made });
});
