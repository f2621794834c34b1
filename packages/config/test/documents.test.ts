import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { documents } from "../scripts/documents.ts";
import { manuals } from "../scripts/manuals/all.ts";
import { loadBridge } from "../src/load-bridge.ts";
import { loadCheckGearman } from "../src/load-check-gearman.ts";
import { loadGearmand } from "../src/load-gearmand.ts";
import { loadSender } from "../src/load-sender.ts";
import { loadTop } from "../src/load-top.ts";
import { loadWorker } from "../src/load-worker.ts";
import type { LoadDeps, Warning } from "../src/loaded.ts";
import { memoryFiles } from "./memory-files.ts";

const root = new URL("../../../", import.meta.url);
const docs = new URL("docs/", root);

test.for(documents())("docs/$name is what the schema says", ({ name, text }) =>
  expect(readFileSync(new URL(name, docs), "utf8")).toBe(text),
);

test.for(["options", "man", "completions/bash", "completions/zsh"])(
  "docs/%s holds nothing else",
  (folder) => {
    const generated = documents().map((one) => one.name.split("/"));
    const here = generated.filter((parts) => parts.slice(0, -1).join("/") === folder);
    expect(readdirSync(new URL(`${folder}/`, docs)).toSorted()).toEqual(
      here.map((parts) => parts.at(-1)).toSorted(),
    );
  },
);

test("every program that is installed has a manual", () => {
  const apps = new URL("apps/", root);
  const programs = readdirSync(apps).flatMap((app) => {
    const text = readFileSync(new URL(`${app}/package.json`, apps), "utf8");
    return Object.keys((JSON.parse(text) as { bin: Record<string, string> }).bin);
  });
  expect(manuals.map((one) => one.name).toSorted()).toEqual(programs.toSorted());
});

test("every program can show its settings, its help and its version", () => {
  for (const { name, help, further } of manuals) {
    const words = [
      ...help.switches.flatMap((one) => one.words),
      ...Object.keys(help.schema).map((one) => `--${one}`),
    ];
    expect(words, name).toEqual(
      expect.arrayContaining(["--check-config", "--help", "--version", "-h", "-V"]),
    );
    expect(further === undefined || name === "mod_gearman_bridge").toBe(true);
  }
});

const LOADERS: Record<string, (argv: string[], deps: LoadDeps) => object> = {
  gearmand: loadGearmand,
  mod_gearman_worker: loadWorker,
  mod_gearman_bridge: loadBridge,
  send_gearman: (argv, deps) => loadSender("send_gearman", argv, deps),
  send_multi: (argv, deps) => loadSender("send_multi", argv, deps),
  check_gearman: loadCheckGearman,
  gearman_top: loadTop,
};

/** Words behind the program's name, up to the end of its command. */
function argumentsOf(command: string, program: string): string[] {
  const own = command.slice(command.indexOf(program) + program.length).split(/ [|<] /)[0] ?? "";
  return (own.match(/(?:'[^']*'|[^\s'])+/g) ?? []).map((word) => word.replaceAll("'", ""));
}

describe("the examples work", () => {
  const examples = manuals.flatMap(({ name, examples }) =>
    examples.map(([, command]) => [name, command] as const),
  );
  const files = {
    "/etc/mod_gearman/secret.key": "a password of some length\n",
    "/etc/mod_gearman/worker.conf": "server=s\nhosts=yes\nencryption=no\n",
    "/etc/mod_gearman/module.conf": "server=s\nencryption=no\n",
  };
  test.for(examples)("%s: %s", ([name, command]) => {
    const argv = argumentsOf(command, name);
    const extra = name === "mod_gearman_worker" && argv[0]?.startsWith("--server") ? ["--hosts"] : [];
    const request = LOADERS[name]?.([...extra, ...argv], memoryFiles(files)) as { warnings: Warning[] };
    expect(request.warnings).toEqual([]);
  });
});
