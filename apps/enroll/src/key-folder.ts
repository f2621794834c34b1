import { chownSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Owner } from "@mod-gearman/enrolment";

/** The only folder below /etc that the packaged units let a worker write, so that it can keep the keys of a new epoch. */
const NAME = "keys";
const MODE = 0o700;

/** The folder for keys of workers in that of the configuration, made for `owner` if it is not there. @throws the error of `node:fs` */
export function makeKeyFolder(folder: string, owner: Owner | undefined): string {
  const path = join(folder, NAME);
  if (existsSync(path)) return path;
  mkdirSync(path, { mode: MODE });
  if (owner !== undefined) chownSync(path, owner.uid, owner.gid);
  return path;
}
