import { randomBytes } from "node:crypto";
import { link, open, rename, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { codeOf } from "@mod-gearman/base";

/** Who is to own a file that root writes. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export interface WholeFileOptions {
  /** Default 0600. */
  readonly mode?: number;
  /** Default: who writes it. */
  readonly owner?: Owner | undefined;
}

/** What a crash between the steps may leave begins and ends so. */
export const ASIDE = { start: ".", end: ".new" } as const;

/**
 * Creates a file that is on disk with all of its content, or not at all.
 *
 * @returns false if there is a file of this name already, which stays as it is
 * @throws the error of `node:fs`
 */
export async function makeWhole(
  path: string,
  content: Buffer | string,
  options: WholeFileOptions = {},
): Promise<boolean> {
  const aside = await writeAside(path, content, options);
  try {
    await link(aside, path);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  } finally {
    await unlink(aside);
  }
  await syncFolder(path);
  return true;
}

/** Creates a file or puts another one in its place, at once. @throws the error of `node:fs` */
export async function replaceWhole(
  path: string,
  content: Buffer | string,
  options: WholeFileOptions = {},
): Promise<void> {
  const aside = await writeAside(path, content, options);
  try {
    await rename(aside, path);
  } catch (error) {
    await unlink(aside).catch(() => undefined);
    throw error;
  }
  await syncFolder(path);
}

/** As {@link replaceWhole}; owner and permissions stay those of the file that is there. */
export async function replaceAlike(path: string, content: Buffer | string): Promise<void> {
  const now = await stat(path).catch((error: unknown) => {
    if (codeOf(error) !== "ENOENT") throw error;
  });
  if (now === undefined) return replaceWhole(path, content);
  const isOwn = now.uid === process.geteuid?.();
  return replaceWhole(path, content, { mode: now.mode & PERMISSIONS, owner: isOwn ? undefined : now });
}

const PERMISSIONS = 0o777;

async function writeAside(
  path: string,
  content: Buffer | string,
  { mode = 0o600, owner }: WholeFileOptions,
): Promise<string> {
  const name = `${ASIDE.start}${randomBytes(8).toString("hex")}${ASIDE.end}`;
  const aside = join(dirname(path), name);
  const file = await open(aside, "wx", mode);
  try {
    await file.chmod(mode); // the umask does not count
    if (owner !== undefined) await file.chown(owner.uid, owner.gid);
    await file.writeFile(content);
    await file.sync();
  } catch (error) {
    await unlink(aside).catch(() => undefined);
    throw error;
  } finally {
    await file.close();
  }
  return aside;
}

/** So that the name is on disk too. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
