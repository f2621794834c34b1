// Turns entries of the layout whose text depends on the places into files as they are installed.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

/** Text of packaging/, which has the paths of a deb, for a prefix. */
export function adapt(text, { prefix, etc }) {
  return text
    .replace(/\/usr\/(s?bin|lib|share)\//g, `${prefix}/$1/`)
    .replace(/\/etc\/(?=mod-gearman|default\/)/g, `${etc}/`);
}

/** The same bytes for the same text on every machine with this zlib. */
export function gzip(bytes) {
  const packed = gzipSync(bytes, { level: 9 });
  packed[9] = 255; // the operating system: unknown
  return packed;
}

/**
 * @param entries from layout()
 * @param folder where the files are written
 * @returns entries of the kinds file, config and link
 */
export function materialize(entries, places, folder) {
  return entries.map((entry) => {
    if (entry.kind !== "gzip" && !entry.adapted) return entry;
    const bytes = readFileSync(entry.from);
    const from = join(folder, entry.to);
    const made = entry.kind === "gzip" ? gzip(bytes) : adapt(bytes.toString("utf8"), places);
    mkdirSync(dirname(from), { recursive: true });
    writeFileSync(from, made);
    return { ...entry, kind: entry.kind === "gzip" ? "file" : entry.kind, from };
  });
}
