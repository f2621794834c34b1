import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { buildImage, ensureDebian, ensureImage, imageExists } from "../image.ts";
import { root } from "../paths.ts";

/** Releases of Debian that the packages are for. */
export type Suite = "bullseye" | "bookworm" | "trixie";

const BUILD_MS = 900_000;
/** Put in before the network is cut off. */
const PACKAGES = [
  ...["systemd", "systemd-sysv", "dbus", "lsb-base", "logrotate", "procps", "sudo", "perl"],
  ...["nagios4-core", "monitoring-plugins-basic"],
];

/** @param more packages beside those that every test needs */
export async function ensureRoot(suite: Suite, more: readonly string[] = []): Promise<string> {
  // the image of the core has most of it already
  const base =
    suite === "bookworm" && (process.env.E2E_NAGIOS_PREFIX ?? "") === ""
      ? await ensureImage("nagios4")
      : await ensureDebian(suite);
  const containerfile = join(root, "e2e/images/installed/Containerfile");
  const packages = [...PACKAGES, ...more].join(" ");
  const hash = createHash("sha256").update(readFileSync(containerfile)).update(`\0${base}\0${packages}`);
  const image = `localhost/mod-gearman/e2e-installed-${suite}:${hash.digest("hex").slice(0, 12)}`;
  if (await imageExists(image)) return image;
  await buildImage(image, containerfile, {
    values: { BASE: base, PACKAGES: packages },
    timeoutMs: BUILD_MS,
  });
  return image;
}
