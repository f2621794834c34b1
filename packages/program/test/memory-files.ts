import { posix } from "node:path";
import type { LoadDeps } from "@mod-gearman/config";

/** Files in memory; their paths imply the folders. Counts reads. */
export function memoryFiles(
  files: Record<string, string | Buffer>,
  more: Partial<LoadDeps> = {},
): LoadDeps & { readonly reads: string[] } {
  const reads: string[] = [];
  const paths = Object.keys(files);
  const isDirectory = (path: string) => paths.some((one) => one.startsWith(`${path.replace(/\/$/, "")}/`));
  return {
    reads,
    isDirectory,
    readFile(path) {
      reads.push(path);
      const content = files[path];
      if (content !== undefined) return Buffer.from(content);
      throw Object.assign(new Error(`ENOENT: no such file or directory, open '${path}'`), { code: "ENOENT" });
    },
    readDir(path) {
      const names = new Set(
        paths
          .filter((one) => one.startsWith(`${path}/`))
          .map((one) => one.slice(path.length + 1).split("/")[0] ?? ""),
      );
      // As unsorted as a real folder may be.
      return [...names].reverse().map((name) => ({ name, isDirectory: isDirectory(posix.join(path, name)) }));
    },
    hostname: () => "tester",
    ...more,
  };
}
