// The file "copyright" of each package, in Debian's machine-readable form (copyright-format 1.0).
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BUN_VERSION } from "../tools-executable.mjs";
import { bundledInPackage } from "./bundled.mjs";
import { root } from "./facts.mjs";

const FORMAT = "https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/";

/** Text as the value of a field: every line indented, empty ones as a dot. */
export function fieldText(text) {
  const lines = text.split("\n").map((line) => (line.trim() === "" ? " ." : ` ${line.trimEnd()}`));
  return lines.join("\n");
}

/** Licences that are one text for every work, which Debian has everywhere and wants not to be repeated. */
const COMMON = ["Apache-2.0"];

/** Reference to a text that lies beside the file "copyright" too, for systems that do not have Debian's. */
function reference(debian, beside) {
  return ` On Debian systems the text is /usr/share/common-licenses/${debian}; it is beside this file too, as\n ${beside}.`;
}

/** Texts beside the file "copyright" of a package: name to text. */
export function licenseFiles(owner) {
  const found = bundledInPackage(owner).filter(({ license, text }) => COMMON.includes(license) && text);
  return Object.fromEntries(found.map(({ license, text }) => [`LICENSE.${license}`, `${text}\n`]));
}

/** Lines that say who owns the work. */
function owners(text) {
  const lines = text.split("\n").filter((line) => /copyright\b.*(\d{4}|\(c\)|©)/i.test(line));
  const cleaned = lines.map((line) => line.replace(/^[\s*/#]*(copyright\s*)?/i, "").trim());
  return cleaned.filter((line) => line !== "");
}

/**
 * @param owner name of the package
 * @returns the whole file
 */
export function copyrightFile(owner) {
  const mit = readFileSync(join(root, "LICENSE"), "utf8").trim();
  const [, ...mitText] = mit.split(/\n\n/);
  const stanzas = [
    [`Format: ${FORMAT}`, "Upstream-Name: Mod-Gearman for TypeScript", "License: MIT"],
    [
      "Files: *",
      "Copyright: 2026 the Mod-Gearman for TypeScript authors",
      "License: MIT",
      fieldText(mitText.join("\n\n")),
    ],
    ...special(owner),
    ...bundledInPackage(owner).map(({ name, version, license, text }) => [
      "Files: usr/lib/mod-gearman-ts/*",
      `Comment: contains ${name} ${version}`,
      `Copyright: ${owners(text ?? "").join("\n  ") || `the authors of ${name}`}`,
      `License: ${license}`,
      ...licenseText(license, text),
    ]),
  ];
  return `${stanzas.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function licenseText(license, text) {
  if (text === undefined) return [];
  return [COMMON.includes(license) ? reference(license, `LICENSE.${license}`) : fieldText(text)];
}

function special(owner) {
  if (owner === "mod-gearman-ts-module") {
    return [
      [
        "Files: usr/lib/mod_gearman/*",
        "Copyright: 2026 the Mod-Gearman for TypeScript authors",
        "License: GPL-2.0-or-later",
        reference("GPL-2", "LICENSE.GPL-2"),
      ],
    ];
  }
  if (owner === "mod-gearman-ts-tools-bun") {
    return [
      [
        "Files: usr/lib/mod-gearman-ts/tools/*",
        `Comment: contains Bun ${BUN_VERSION}, <https://bun.com>, where its source is, and in it JavaScriptCore of WebKit,`,
        "  under LGPL-2.",
        "Copyright: the authors of Bun and of WebKit",
        "License: MIT and LGPL-2",
        reference("LGPL-2", "LICENSE.LGPL-2"),
      ],
    ];
  }
  if (owner !== "mod-gearman-ts-runtime") return [];
  return [
    [
      "Files: usr/lib/mod-gearman-ts/bin/node",
      "Copyright: Node.js contributors, and those that its licence file names",
      "License: MIT",
      " The licence of Node.js and of the libraries in it is beside this file, as LICENSE.node.",
    ],
  ];
}
