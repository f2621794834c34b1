import { join } from "node:path";
import type { Owner } from "@mod-gearman/enrolment";
import { makePrivateFolder } from "./private-folder.ts";

/** The only folder below /etc that the packaged units let a worker write, so that it can keep the keys of a new epoch. */
const NAME = "keys";

/** The folder for keys of workers in that of the configuration, made for `owner` if it is not there. @throws the error of `node:fs` */
export function makeKeyFolder(folder: string, owner: Owner | undefined): string {
  const path = join(folder, NAME);
  makePrivateFolder(path, owner);
  return path;
}
