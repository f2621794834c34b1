// What a release consists of, as CycloneDX 1.6 (JSON).
import { createHash } from "node:crypto";
import { BUN_VERSION } from "../tools-executable.mjs";
import { bundledIn } from "./bundled.mjs";
import { programs } from "./programs.mjs";
import { NODE_VERSION } from "./tools.mjs";

/** Address of a package of npm. */
export function npmUrl(name, version) {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

/** One licence by its name, several as an expression. */
function licenses(license) {
  const isExpression = /\s/.test(license);
  return [isExpression ? { expression: license } : { license: { id: license } }];
}

const SUITE = "mod-gearman-ts";
const RUNTIME = `${SUITE}/node`;
const BUN = `${SUITE}/bun`;
/** Those that are one executable too. */
const TOOLS = programs.filter((one) => one.package === "mod-gearman-ts-tools").map((one) => one.command);

function runtime() {
  return {
    type: "platform",
    "bom-ref": RUNTIME,
    name: "node",
    version: NODE_VERSION,
    licenses: licenses("MIT"),
    cpe: `cpe:2.3:a:nodejs:node.js:${NODE_VERSION}:*:*:*:*:*:*:*`,
    purl: `pkg:generic/node@${NODE_VERSION}`,
  };
}

function bun() {
  return {
    type: "platform",
    "bom-ref": BUN,
    name: "bun",
    version: BUN_VERSION,
    licenses: licenses("MIT AND LGPL-2.0-only"),
    purl: `pkg:generic/bun@${BUN_VERSION}`,
  };
}

const urlOf = ({ name, version }) => npmUrl(name, version);

function ours(name, version, license) {
  return { type: "application", "bom-ref": `${SUITE}/${name}`, name, version, licenses: licenses(license) };
}

/**
 * @param version of the suite
 * @param epoch seconds since 1970
 * @param bundled for each command the packages in it; that of the built programs by default
 */
export function bom(
  version,
  epoch,
  bundled = Object.fromEntries(programs.map((one) => [one.command, bundledIn(one)])),
) {
  const modules = new Map(
    Object.values(bundled)
      .flat()
      .map((one) => [npmUrl(one.name, one.version), one]),
  );
  const tools = Object.keys(bundled).filter((command) => TOOLS.includes(command));
  const components = [
    ours("mod-gearman-tools", version, "MIT"),
    bun(),
    ...Object.keys(bundled).map((command) => ours(command, version, "MIT")),
    ours("mod_gearman_ts.so", version, "GPL-2.0-or-later"),
    runtime(),
    ...[...modules.keys()].toSorted().map((purl) => {
      const { name, version: ofModule, license } = modules.get(purl);
      return { type: "library", "bom-ref": purl, name, version: ofModule, licenses: licenses(license), purl };
    }),
  ];
  const dependencies = [
    {
      ref: SUITE,
      dependsOn: [...Object.keys(bundled), "mod-gearman-tools", "mod_gearman_ts.so"].map(
        (name) => `${SUITE}/${name}`,
      ),
    },
    {
      ref: `${SUITE}/mod-gearman-tools`,
      dependsOn: [BUN, ...new Set(tools.flatMap((command) => bundled[command].map(urlOf)))],
    },
    ...Object.entries(bundled).map(([command, inside]) => ({
      ref: `${SUITE}/${command}`,
      dependsOn: [RUNTIME, ...inside.map(urlOf)],
    })),
  ];
  const body = { components, dependencies };
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: serialNumber(JSON.stringify([version, epoch, body])),
    version: 1,
    metadata: {
      timestamp: new Date(epoch * 1000).toISOString(),
      component: { type: "application", "bom-ref": SUITE, name: SUITE, version },
    },
    ...body,
  };
}

/** A UUID (version 8, RFC 9562) that depends on the text only. */
function serialNumber(text) {
  const hex = createHash("sha256").update(text).digest("hex");
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return `urn:uuid:${parts.join("-")}`;
}
