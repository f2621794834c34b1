// The section of one version in CHANGELOG.md, made of changesets. Pure: text in, text out.

/** Headings in the order of the file, each with the packages whose changes belong there. */
const PARTS = [
  ["Module and bridge", ["neb", "neb-bridge"]],
  ["Worker", ["worker", "runner", "addon", "epn", "epn-client", "builtin-checks", "spool"]],
  ["Job server", ["gearmand", "server", "job-store", "admin-http", "site-page"]],
  ["Tools", ["check-gearman", "enroll", "gearman-top", "send-gearman", "send-multi"]],
];
const PROGRAMS = new Set([
  ...["neb", "neb-bridge", "worker", "gearmand"],
  ...["check-gearman", "enroll", "gearman-top", "send-gearman", "send-multi"],
]);
const SEVERAL = "Several programs";
const LIBRARIES = "Libraries";
const BUMPS = ["major", "minor", "patch"];

/**
 * @param text of a file of `.changeset`
 * @returns names of packages without their scope, the highest bump among them, and the text
 * @throws Error if there is no list of packages
 */
export function parseChangeset(text) {
  const [, list, body] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(text) ?? [];
  if (list === undefined) throw new Error("a changeset begins with a list of packages between lines of ---");
  const entries = [...list.matchAll(/^"@mod-gearman\/([^"]+)": (major|minor|patch)$/gm)];
  const names = entries.map(([, name]) => name);
  const bump = BUMPS.find((level) => entries.some(([, , given]) => given === level)) ?? "patch";
  return { names, bump, body: body.trim() };
}

/** Programs decide, and where none is named, the libraries that one of them is made of. */
function partOf({ names }) {
  const programs = names.filter((name) => PROGRAMS.has(name));
  const telling = programs.length > 0 ? programs : names;
  const parts = PARTS.filter(([, packages]) => packages.some((name) => telling.includes(name)));
  if (parts.length > 1) return SEVERAL;
  return parts[0]?.[0] ?? LIBRARIES;
}

function item(body) {
  return `- ${body.replaceAll(/\n(?=.)/g, "\n  ")}`;
}

/**
 * @param version of the release
 * @param date as YYYY-MM-DD
 * @param changes from {@link parseChangeset}
 * @returns Markdown: a heading for each part of the suite, larger changes before smaller ones
 */
export function printSection(version, date, changes) {
  const headings = [SEVERAL, ...PARTS.map(([heading]) => heading), LIBRARIES];
  const parts = headings.flatMap((heading) => {
    const own = changes.filter((change) => partOf(change) === heading);
    if (own.length === 0) return [];
    const sorted = BUMPS.flatMap((level) => own.filter(({ bump }) => bump === level));
    return [`### ${heading}\n\n${sorted.map(({ body }) => item(body)).join("\n")}\n`];
  });
  return `## ${version} (${date})\n\n${parts.join("\n")}`;
}

/** Puts a section above those of earlier versions. */
export function addSection(changelog, section) {
  const at = changelog.search(/^## /m);
  if (at < 0) return `${changelog.trimEnd()}\n\n${section}`;
  return `${changelog.slice(0, at)}${section}\n${changelog.slice(at)}`;
}
