import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}
interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Time of one function without its callees. */
export interface SelfTime {
  readonly name: string;
  readonly micros: number;
}

/**
 * Reads the profile that `node --cpu-prof` has written to a folder.
 *
 * @returns functions by self time, largest first, without idle time
 */
export function selfTimes(folder: string): SelfTime[] {
  const file = readdirSync(folder).find((name) => name.endsWith(".cpuprofile"));
  if (file === undefined) throw new Error(`no profile in ${folder}`);
  const profile = JSON.parse(readFileSync(join(folder, file), "utf8")) as Profile;
  const names = new Map(profile.nodes.map((node) => [node.id, nameOf(node)]));
  const sums = new Map<string, number>();
  profile.samples.forEach((id, index) => {
    const name = names.get(id) ?? "?";
    sums.set(name, (sums.get(name) ?? 0) + (profile.timeDeltas[index] ?? 0));
  });
  return [...sums]
    .filter(([name]) => name !== "(idle)")
    .map(([name, micros]) => ({ name, micros }))
    .toSorted((a, b) => b.micros - a.micros);
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: ProfileNode): string {
  const name = functionName === "" ? "(anonymous)" : functionName;
  const file = url.split("/").at(-1);
  return file === "" || file === undefined ? name : `${name} ${file}:${lineNumber + 1}`;
}
