import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { validateWorkflow } from "@action-validator/core";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const list = (pattern: string): string[] => globSync(pattern, { cwd: root }).sort();
const manifest = JSON.parse(read("package.json"));
const workflows = list(".github/workflows/*.yml");
const forms = list(".github/ISSUE_TEMPLATE/*.yml").filter((path) => !path.endsWith("config.yml"));

interface Workflow {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly "timeout-minutes"?: number;
        readonly permissions?: Readonly<Record<string, string>>;
        readonly steps: readonly { readonly run?: string; readonly uses?: string }[];
      }
    >
  >;
}

const workflow = (path: string): Workflow => parse(read(path));
const commands = (path: string): string[] =>
  Object.values(workflow(path).jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));

/** What a command of a workflow needs from this repository and does not find. */
function missing(command: string): string[] {
  const words = (pattern: RegExp): string[] => [...command.matchAll(pattern)].map(({ 1: word = "" }) => word);
  const BUILT_IN = ["install", "exec"];
  return [
    ...words(/\bpnpm ([\w:-]+)/g).filter((name) => !BUILT_IN.includes(name) && !(name in manifest.scripts)),
    ...words(/\bnpm (?:run )?(test|demo|release)\b/g).filter((name) => !(name in manifest.scripts)),
    ...words(/(?<![\w/])(\.\w+\/[\w./-]+)/g).filter((path) => !isExecutable(path)),
    ...words(/\bmake -C (\S+)/g).filter((folder) => !existsSync(join(root, folder, "Makefile"))),
    ...words(/require\("(.+?)"\)/g).filter((path) => !existsSync(join(root, path))),
  ];
}

function isExecutable(path: string): boolean {
  return existsSync(join(root, path)) && (statSync(join(root, path)).mode & 0o100) !== 0;
}

describe.for(workflows)("%s", (path) => {
  test("is a valid workflow", () => expect(validateWorkflow(read(path)).errors).toEqual([]));

  test("runs only commands that exist", () => expect(commands(path).flatMap(missing)).toEqual([]));

  test("has as few rights as it can have, and ends", () => {
    const { permissions, jobs } = workflow(path);
    expect(permissions).toEqual({ contents: "read" });
    for (const job of Object.values(jobs))
      if (job.steps.length > 3) expect(job["timeout-minutes"]).toBeLessThan(90);
  });
});

test("workflows: everything on a push, the packages on a tag, code scanning", () => {
  expect(workflows.map((path) => path.replace(/^.*\//, ""))).toEqual(["ci.yml", "codeql.yml", "release.yml"]);
  expect(commands(".github/workflows/ci.yml")).toContain(".ci/run");
  expect(commands(".github/workflows/release.yml")).toContain("npm run release");
});

test("a wrong workflow is refused, a missing command named", () => {
  expect(validateWorkflow("on: push\njobs: { a: { steps: [] } }\n").errors).not.toEqual([]);
  const bad = "pnpm publish-all && .ci/walk && make -C nowhere && node -p 'require(\"./none.json\")'";
  expect(missing(bad)).toEqual(["publish-all", ".ci/walk", "nowhere", "./none.json"]);
});

test("dependencies of npm and of the workflows are updated", () => {
  const { version, updates } = parse(read(".github/dependabot.yml"));
  expect(version).toBe(2);
  expect(updates.map((one: Record<string, string>) => one["package-ecosystem"])).toEqual([
    "npm",
    "github-actions",
  ]);
});

describe.for(forms)("%s", (path) => {
  const form = parse(read(path));
  const ids = form.body.flatMap(({ id }: { id?: string }) => id ?? []);

  test("is an issue form", () => {
    expect(form).toEqual({
      name: expect.any(String),
      description: expect.any(String),
      labels: expect.any(Array),
      body: expect.any(Array),
    });
    expect(new Set(ids).size).toBe(ids.length);
    for (const { type, attributes } of form.body) {
      expect(["markdown", "textarea", "input", "dropdown"]).toContain(type);
      expect(attributes).toMatchObject(type === "markdown" ? { value: /\S/ } : { label: /\S/ });
    }
  });

  test("asks for --check-config, unless it is about an idea", () => {
    if (path.endsWith("idea.yml")) return expect(ids).not.toContain("check-config");
    expect(form.body.find(({ id }: { id?: string }) => id === "check-config")).toMatchObject({
      type: "textarea",
      validations: { required: true },
    });
  });
});
