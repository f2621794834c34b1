// What has changed, as Debian's changelog has it, out of CHANGELOG.md.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./facts.mjs";

/**
 * What a changelog in Markdown says about a version: the paragraphs above the list of its changes, one line each.
 *
 * @param text whole file
 * @param wanted version
 */
export function notesOf(text, wanted) {
  const sections = text.split(/^## /m).slice(1);
  const section = sections.find((one) => one.split(/[\s(]/, 1)[0] === wanted) ?? "";
  const [, ...lines] = section.split(/^(?:- |#)/m, 1)[0].split("\n");
  const paragraphs = lines.join("\n").split(/\n\s*\n/);
  return paragraphs.map((one) => one.replace(/\s+/g, " ").trim()).filter((one) => one !== "");
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Date as RFC 5322 writes it, in UTC. */
export function mailDate(epoch) {
  const date = new Date(epoch * 1000);
  const [, time] = date.toISOString().split(/[T.]/);
  const day = String(date.getUTCDate()).padStart(2, "0");
  return `${DAYS[date.getUTCDay()]}, ${day} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()} ${time} +0000`;
}

/** All changes, in the words of the repository. */
export const CHANGELOG = join(root, "CHANGELOG.md");
const WHERE = "All changes: changelog.gz of the package mod-gearman-ts-runtime.";

const WIDTH = 76;

function wrapped(note) {
  const lines = [];
  for (const word of note.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= WIDTH)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`${lines.length === 0 ? "  * " : "    "}${word}`);
  }
  return lines;
}

/** Entry of Debian's changelog. */
export function debianChangelog(source, { version, release, epoch, maintainer }) {
  const lines = [...notesOf(readFileSync(CHANGELOG, "utf8"), version), WHERE].flatMap(wrapped);
  return `${source} (${release}) unstable; urgency=medium\n\n${lines.join("\n")}\n\n -- ${maintainer}  ${mailDate(epoch)}\n`;
}
