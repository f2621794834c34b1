import type { CgroupFiles } from "./cgroup-files.ts";

/** The folder of the cgroup v2 that this process may divide; or the reason why it may not. */
export type OwnCgroup = { readonly folder: string } | { readonly reason: string };

/** Entries that must be writable to divide it. Source: cgroup-v2, "Delegation". */
const DELEGATED = ["", "/cgroup.procs", "/cgroup.subtree_control"];

/**
 * Finds the cgroup v2 of this process. It must be delegated: not the root, writable, with the memory controller.
 *
 * @param readProc content of a file below /proc, undefined if it does not exist
 * Source: cgroups(7), proc_pid_mountinfo(5).
 */
export function findCgroup(readProc: (name: string) => string | undefined, files: CgroupFiles): OwnCgroup {
  const path = /^0::(\/.*)$/m.exec(readProc("self/cgroup") ?? "")?.[1];
  if (path === undefined) return { reason: "this process has none" };
  const folder = mountedAt(path, readProc("self/mountinfo") ?? "");
  if (folder === undefined) return { reason: `${path} is not mounted` };
  try {
    if (!files.list(folder).includes("cgroup.events")) return { reason: `${folder} is the root` };
    const controllers = files.read(`${folder}/cgroup.controllers`).trim().split(/\s+/);
    if (!controllers.includes("memory")) return { reason: `${folder} has no memory controller` };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
  const isWritable = DELEGATED.every((file) => files.isWritable(`${folder}${file}`));
  return isWritable ? { folder } : { reason: `${folder} cannot be written` };
}

/** Folder of the cgroup `path`; undefined if no mount contains it. */
function mountedAt(path: string, mountInfo: string): string | undefined {
  if (path.split("/").includes("..")) return undefined; // outside of the cgroup namespace
  for (const line of mountInfo.split("\n")) {
    const [mount = "", type = ""] = line.split(" - ");
    if (!type.startsWith("cgroup2 ")) continue;
    const [, , , root = "", point = ""] = mount.split(" ").map(unescaped);
    const top = root === "/" ? "" : root;
    if (path === top || path.startsWith(`${top}/`))
      return `${point}${path.slice(top.length).replace(/\/$/, "")}`;
  }
  return undefined;
}

/** Blanks and backslashes are octal in mountinfo. */
function unescaped(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
