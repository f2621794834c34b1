import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { filesOf } from "./programs.mjs";

const NAME = "SHA256SUMS";

/** Writes the file that `sha256sum --check` reads, for everything below a folder. */
export function writeSums(folder) {
  const lines = filesOf(folder)
    .filter((name) => name !== NAME)
    .map(
      (name) =>
        `${createHash("sha256")
          .update(readFileSync(join(folder, name)))
          .digest("hex")}  ${name}\n`,
    );
  writeFileSync(join(folder, NAME), lines.join(""));
}
