import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { OptionTable } from "../src/option-row.ts";
import { optionsOf } from "../src/program.ts";
import { checkGearmanTable } from "../src/tables/check-gearman.ts";
import { gearmandTable } from "../src/tables/gearmand.ts";
import { moduleTable } from "../src/tables/module.ts";
import { queueTable } from "../src/tables/queue.ts";
import { runTable } from "../src/tables/run.ts";
import { sendGearmanTable, sendMultiTable } from "../src/tables/sender.ts";
import { topTable } from "../src/tables/top.ts";
import { workerTable } from "../src/tables/worker.ts";

/*
 * No option without effect may look as if it had one: each is read by its program, or says that it has no effect. The
 * sources are looked at, because nothing else sees an option that is parsed and never used.
 */

const root = new URL("../../../", import.meta.url);

/** Code of all sources below a folder, without comments. */
function codeOf(folder: string): string {
  const files = readdirSync(new URL(folder, root), { recursive: true, encoding: "utf8" });
  const sources = files.filter((name) => /\.(?:tsx?|c)$/.test(name));
  return sources.map((name) => stripped(readFileSync(new URL(`${folder}/${name}`, root), "utf8"))).join("\n");
}

function stripped(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "$1");
}

/** Read while the settings are loaded. */
const BY_LOADERS = [
  "config",
  "keyfile",
  "check-config",
  "config-file",
  "envelope_master_file",
  "envelope_identities_file",
  "envelope_identity_file",
  "sender_identity_file",
  ...["tls", "tls_ca_file", "tls_cert_file", "tls_key_file", "tls_server_name"],
];

interface Audit {
  readonly table: OptionTable;
  /** Sources that use the options. */
  readonly users: readonly string[];
  /** Options that take effect inside the loader. */
  readonly within?: readonly string[];
  /** Options without effect whose names occur in the program with another meaning. */
  readonly namesakes?: readonly string[];
}

const DELIVERY = "packages/delivery/src";
const PROGRAMS: Record<string, Audit> = {
  worker: {
    table: workerTable,
    users: ["apps/worker/src", DELIVERY],
    // part of the result of `functions()`
    within: ["hosts", "services", "eventhandler", "notifications", "hostgroups", "servicegroups"],
  },
  module: { table: moduleTable, users: ["apps/neb-bridge/src"] },
  send_gearman: {
    table: sendGearmanTable,
    users: ["apps/send-gearman/src", DELIVERY],
  },
  send_multi: {
    table: sendMultiTable,
    users: ["apps/send-multi/src", DELIVERY],
    within: ["debug"], // runSender: more warnings
    namesakes: ["service", "message", "returncode", "starttime", "finishtime"], // of the children in a report
  },
  check_gearman: {
    table: checkGearmanTable,
    users: ["apps/check-gearman/src"],
    namesakes: ["port"], // of a server
  },
  gearmand: {
    table: gearmandTable,
    users: ["apps/gearmand/src"],
    namesakes: ["keepalive"], // start of other names
  },
  gearman_top: { table: topTable, users: ["apps/gearman-top/src"] },
  mod_gearman_run: { table: runTable, users: ["apps/run-check/src"], within: ["worker"] }, // a queue
  mod_gearman_queue: {
    table: queueTable,
    users: ["apps/queue/src"],
    within: ["envelope_keys"], // its content
  },
};

describe.for(Object.entries(PROGRAMS))("%s", ([, { table, users, within = [], namesakes = [] }]) => {
  const code = users.map(codeOf).join("\n");
  const shim = readFileSync(new URL("native/neb/src/wire/args.c", root), "utf8");
  const isUsed = (option: string) =>
    within.includes(option) ||
    (/^(?:bridge_|layout_dir$)/.test(option) && shim.includes(`"${option}"`)) ||
    new RegExp(`\\b${table[option]?.key}\\b`).test(code);

  test.for(
    optionsOf(table)
      .filter(({ option }) => ![...BY_LOADERS, ...namesakes].includes(option))
      .map(({ option, meta }) => ({ option, isMarked: meta.noEffect !== undefined })),
  )("$option has an effect, or says that it has none", ({ option, isMarked }) =>
    expect({ option, hasEffect: isUsed(option) }).toEqual({ option, hasEffect: !isMarked }),
  );
});

test("comments are not code", () => expect(stripped("a // b\n/* c\n d */ e")).toBe("a \n e"));
