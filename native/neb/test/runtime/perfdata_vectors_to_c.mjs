// SPDX-License-Identifier: GPL-2.0-or-later
// Turns the performance data of vectors/neb-jobs.json into a C header: node perfdata_vectors_to_c.mjs <json> <header>
import { readFileSync, writeFileSync } from "node:fs";

const [, , from, to] = process.argv;
const rows = JSON.parse(readFileSync(from, "utf8")).cases.filter(({ kind }) => kind === "perfdata");
const literal = (text) =>
  `"${[...Buffer.from(text, "latin1")].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("")}"`;

/** Values of the members behind a text of the default templates (run r1) or of those of run r2. */
function valuesOf(run, text) {
  if (run === "r1")
    return Object.fromEntries(
      text
        .replace(/\n$/, "")
        .split("\t")
        .map((field) => field.split(/::(.*)/s)),
    );
  const host = /^H\t(.*)\n(.*)\tx\\\\y\n$/.exec(text);
  if (host !== null) return { DATATYPE: "HOSTPERFDATA", HOSTNAME: host[1], HOSTPERFDATA: host[2] };
  const [, name, service, perfdata, time] = /^S;([^;]*);([^;]*);(.*);(\d+)\n$/.exec(text);
  return { HOSTNAME: name, SERVICEDESC: service, SERVICEPERFDATA: perfdata, TIMET: time };
}

const body = rows.map(({ run, plaintext }) => {
  const text = Buffer.from(plaintext, "base64").toString("latin1");
  const v = valuesOf(run, text);
  const cells = [
    run === "r1" ? 0 : 1,
    v.TIMET ?? 0,
    ...["HOSTNAME", "SERVICEDESC"].map((name) => (v[name] === undefined ? "NULL" : literal(v[name]))),
    literal(v.SERVICEPERFDATA ?? v.HOSTPERFDATA),
    literal(v.SERVICECHECKCOMMAND ?? v.HOSTCHECKCOMMAND ?? ""),
    ...["HOSTSTATE", "HOSTSTATETYPE", "SERVICESTATE", "SERVICESTATETYPE"].map((name) =>
      literal(v[name] ?? ""),
    ),
    literal(text),
  ];
  return `\t{ ${cells.join(", ")} },`;
});

writeFileSync(
  to,
  `/* Generated from vectors/neb-jobs.json */\nstatic const struct captured captured[] = {\n${body.join("\n")}\n};\n`,
);
