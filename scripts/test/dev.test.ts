import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type TestContext, tmpFolder, waitFor } from "@mod-gearman/testkit";
import { expect, test } from "vitest";

const scripts = fileURLToPath(new URL("..", import.meta.url));
const MANIFEST = JSON.stringify({ type: "module", bin: { say_hello: "./dist/main.js" } });
const MAIN = 'import { greeting } from "./greeting.tsx";\nconsole.log(greeting, ...process.argv.slice(2));\n';
const greeting = (text: string) =>
  `export const greeting: string = "${text}";\nexport const View = () => <b>x</b>;\n`;

/** A repository with one program, and the real scripts. */
function repository(context: TestContext): { script: (name: string) => string; source: string } {
  const root = tmpFolder(context);
  cpSync(scripts, join(root, "scripts"), {
    recursive: true,
    filter: (path) => !/\/(?:node_modules|test|\.turbo)$/.test(path),
  });
  const source = join(root, "apps/say-hello/src");
  mkdirSync(source, { recursive: true });
  symlinkSync(join(scripts, "../node_modules"), join(root, "node_modules"));
  symlinkSync(join(scripts, "../apps/gearman-top/node_modules"), join(root, "apps/node_modules")); // has React
  writeFileSync(join(source, "../package.json"), MANIFEST);
  writeFileSync(join(source, "main.ts"), MAIN);
  writeFileSync(join(source, "greeting.tsx"), greeting("hello"));
  return { script: (name) => join(root, "scripts", name), source };
}

function run(context: TestContext, script: string, args: readonly string[]) {
  const child = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  context.onTestFinished(() => void child.kill("SIGTERM"));
  const text = { out: "", err: "" };
  child.stdout.on("data", (chunk: Buffer) => (text.out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (text.err += chunk.toString()));
  return { child, text, ended: once(child, "close") };
}

test.for(["say-hello", "say_hello"])(
  "dev %s: runs from source, restarts after each change",
  async (name, context) => {
    const { script, source } = repository(context);
    const { child, text, ended } = run(context, script("dev.mjs"), [name, "--to", "all"]);
    await waitFor("the first run", () => /^hello --to all$[\s\S]*Waiting for file changes/m.test(text.out));
    writeFileSync(join(source, "greeting.tsx"), greeting("good morning"));
    await waitFor("the next run", () => /^good morning --to all$/m.test(text.out));
    child.kill("SIGTERM");
    await ended;
  },
);

test.for([
  ["dev.mjs", "usage: pnpm dev NAME", "say-hello"],
  ["bench.mjs", "usage: pnpm bench NAME", "worker-soak"],
] as const)("%s without a known name lists what there is", async ([name, usage, known], context) => {
  const { script } = repository(context);
  cpSync(join(scripts, "../bench"), script("../bench"), {
    recursive: true,
    filter: (path) => !path.includes("node_modules"),
  });
  const { text, ended } = run(context, script(name), ["no-such-name"]);
  expect(await ended).toEqual([2, null]);
  expect(text.err).toContain(usage);
  expect(text.err).toContain(known);
});
