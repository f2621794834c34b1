import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkGearmanSchema } from "../src/check-gearman.ts";
import { gearmandSchema } from "../src/gearmand.ts";
import { moduleSchema } from "../src/module.ts";
import { type OptionSchema, optionsOf } from "../src/program.ts";
import { sendGearmanSchema, sendMultiSchema } from "../src/sender.ts";
import { topSchema } from "../src/top.ts";
import { workerSchema } from "../src/worker.ts";

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

/** `option → property`, of the function in a loader that makes the options: `property: v.option` or `v["option"]`. */
function propertiesOf(loader: string): Map<string, string> {
  const rows = loader.matchAll(/^\s+(\w+): [^\n]*?\bv(?:\.(\w+)|\["([\w-]+)"\])/gm);
  return new Map([...rows].map(([, property = "", plain, quoted]) => [plain ?? quoted ?? "", property]));
}

/** Read while the settings are loaded. */
const BY_LOADERS = ["config", "keyfile", "check-config", "config-file"];

interface Audit {
  readonly schema: OptionSchema;
  readonly loader: string;
  /** Where the options are used. */
  readonly users: readonly string[];
  /** Options that have their effect within the loader. */
  readonly within?: readonly string[];
  /** Options without effect whose names the program uses for something else. */
  readonly namesakes?: readonly string[];
}

const DELIVERY = "packages/delivery/src";
const PROGRAMS: Record<string, Audit> = {
  worker: {
    schema: workerSchema,
    loader: "load-worker.ts",
    users: ["apps/worker/src"],
    // part of what `functions()` gives
    within: ["hosts", "services", "eventhandler", "notifications", "hostgroups", "servicegroups"],
  },
  module: { schema: moduleSchema, loader: "load-module.ts", users: ["apps/neb-bridge/src"] },
  send_gearman: {
    schema: sendGearmanSchema,
    loader: "load-sender.ts",
    users: ["apps/send-gearman/src", DELIVERY],
  },
  send_multi: {
    schema: sendMultiSchema,
    loader: "load-sender.ts",
    users: ["apps/send-multi/src", DELIVERY],
    within: ["debug"], // runSender: more warnings
    namesakes: ["service", "message", "returncode", "starttime", "finishtime"], // of the children in a report
  },
  check_gearman: {
    schema: checkGearmanSchema,
    loader: "load-check-gearman.ts",
    users: ["apps/check-gearman/src"],
  },
  gearmand: { schema: gearmandSchema, loader: "load-gearmand.ts", users: ["apps/gearmand/src"] },
  gearman_top: { schema: topSchema, loader: "load-top.ts", users: ["apps/gearman-top/src"] },
};

describe.for(Object.entries(PROGRAMS))("%s", ([, { schema, loader, users, within = [], namesakes = [] }]) => {
  const properties = propertiesOf(readFileSync(new URL(`packages/program/src/${loader}`, root), "utf8"));
  const code = users.map(codeOf).join("\n");
  const shim = readFileSync(new URL("native/neb/src/wire/args.c", root), "utf8");
  const isUsed = (option: string) =>
    within.includes(option) ||
    (option.startsWith("bridge_") && shim.includes(`"${option}"`)) ||
    new RegExp(`\\b${properties.get(option) ?? "no such property"}\\b`).test(code);

  test.for(
    optionsOf(schema)
      .filter(({ option }) => ![...BY_LOADERS, ...namesakes].includes(option))
      .map(({ option, facts }) => ({ option, isMarked: facts.noEffect !== undefined })),
  )("$option has an effect, or says that it has none", ({ option, isMarked }) =>
    expect({ option, hasEffect: isUsed(option) }).toEqual({ option, hasEffect: !isMarked }),
  );
});

test("an option that nothing reads would be found", () => {
  expect(propertiesOf('  maxJobs: v["max-jobs"],\n  hosts: v.hosts,\n')).toEqual(
    new Map([
      ["max-jobs", "maxJobs"],
      ["hosts", "hosts"],
    ]),
  );
  expect(stripped("a // b\n/* c\n d */ e")).toBe("a \n e");
});
