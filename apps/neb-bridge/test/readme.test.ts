import { existsSync, readFileSync } from "node:fs";
import { type LoadDeps, nodeFiles } from "@mod-gearman/config";
import { loadBridge, loadModule } from "@mod-gearman/program";
import { expect, test } from "vitest";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const lines = (/```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? "")
  .trim()
  .split("\n")
  .map((line) => line.replace(/\s+#.*$/, ""));

const files: LoadDeps = {
  ...nodeFiles,
  isDirectory: () => false,
  readFile: (path) => {
    expect(path).toBe("/etc/mod_gearman/module.conf");
    return Buffer.from("server=localhost\nservices=yes\nencryption=no\n");
  },
};

test("the README contains how to check a configuration, how to start and how to print the version", () => {
  const requests = lines.map((line) => {
    const [program, ...args] = line.split(" ");
    expect(program).toBe("mod_gearman_bridge");
    return loadBridge(args, files);
  });
  expect(requests).toMatchObject([
    { checkConfig: true, options: { own: ["--config=/etc/mod_gearman/module.conf"] } },
    { checkConfig: false, options: { bridgeSocket: "/run/mod_gearman/bridge.sock" } },
    { version: true },
  ]);
  const { own } = (requests[0] as Extract<(typeof requests)[0], { options: unknown }>).options;
  expect(loadModule("", "/", files, own)).toMatchObject({ options: { services: true }, warnings: [] });
});

test("every file in its table exists", () => {
  const named = [...readme.matchAll(/^\| [^|]* \| (`.*) \|$/gm)].flatMap(
    ([, cell = ""]) => cell.match(/[\w-]+\.ts|\w+\//g) ?? [],
  );
  expect(named.length).toBeGreaterThan(12);
  expect(named.filter((name) => !existsSync(new URL(`../src/${name}`, import.meta.url)))).toEqual([]);
});
