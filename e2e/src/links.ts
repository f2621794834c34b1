import { symlinkSync } from "node:fs";
import { join } from "node:path";

import { programs } from "./paths.ts";

/** Paths for a module line. */
export interface LinkedPrograms {
  readonly shim: string;
  /** `bridge_command=… bridge_arg=…` */
  readonly bridgeArgs: string;
}

/** Links our programs into a folder: a module line is split at blanks, which the checkout's path may contain. */
export function linkPrograms(folder: string): LinkedPrograms {
  const link = (target: string, name: string): string => {
    const path = join(folder, name);
    symlinkSync(target, path);
    return path;
  };
  const [node, bridge] = [link(process.execPath, "node"), link(programs.bridge, "bridge.js")];
  return {
    shim: link(programs.shim, "mod_gearman.so"),
    bridgeArgs: `bridge_command=${node} bridge_arg=${bridge}`,
  };
}
