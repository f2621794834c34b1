import { existsSync } from "node:fs";

/** That of our packages, if they are installed, else that of the originals. */
export function defaultFolder(): string {
  const [packaged, original] = ["/etc/mod-gearman", "/etc/mod_gearman"] as const;
  return existsSync(packaged) ? packaged : original;
}
