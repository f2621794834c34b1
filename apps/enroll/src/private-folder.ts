import { chownSync, existsSync, mkdirSync } from "node:fs";
import type { Owner } from "@mod-gearman/enrolment";

const MODE = 0o700;

/** Makes a folder that only `owner` may use; one that is there stays as it is. @returns whether it was made @throws the error of `node:fs` */
export function makePrivateFolder(path: string, owner: Owner | undefined): boolean {
  if (existsSync(path)) return false;
  mkdirSync(path, { mode: MODE });
  if (owner !== undefined) chownSync(path, owner.uid, owner.gid);
  return true;
}
