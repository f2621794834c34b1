import { readFileSync } from "node:fs";
import type { LoadDeps } from "@mod-gearman/config";
import { loadWorker } from "@mod-gearman/program";
import { expect, test } from "vitest";
import { noFiles } from "./worker-world.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const lines = (/```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? "")
  .trim()
  .split("\n")
  .map((line) => line.replace(/\s+#.*$/, ""));

const files: LoadDeps = {
  ...noFiles,
  readFile: (path) => {
    if (path === "/etc/mod_gearman/secret.key") return Buffer.from("a key that is long enough for AES\n");
    if (path === "/etc/mod_gearman/worker.conf")
      return Buffer.from("server=localhost\nhosts=yes\nencryption=no\n");
    return noFiles.readFile(path);
  },
};

test("the README contains how to start, how to check a configuration and how to try a command", () => {
  const requests = lines.map((line) => {
    const [program, ...args] = line.split(" ");
    expect(program).toBe("mod_gearman_worker");
    return loadWorker(args, files);
  });
  expect(requests).toMatchObject([
    { options: { services: true, hosts: true, encryption: true }, checkConfig: false, warnings: [] },
    { options: { hosts: true }, checkConfig: true, warnings: [] },
    { testcmd: ["/usr/lib/nagios/plugins/check_load", "-w", "5", "-c", "10"] },
  ]);
});

test("every option in it exists", () => {
  const names = [...readme.matchAll(/`([a-z]+(?:[_-][a-z]+)+)(?:=[^`]*)?`/g)].map((match) => match[1] ?? "");
  const options = names.filter((name) =>
    /^(result_spool|prometheus|allow_|sticky_|limit_|run_as|max-|background)/.test(name),
  );
  expect(options.length).toBeGreaterThan(8);
  for (const name of new Set(options)) {
    const given = ["--server=a", "--hosts=yes", "--encryption=no", `--${name}=1`];
    const request = (() => {
      try {
        return loadWorker(given, files);
      } catch (error) {
        return { warnings: [], error }; // known, but 1 is not a valid value
      }
    })();
    const texts = "warnings" in request ? request.warnings.map(({ text }) => text) : [];
    expect(texts.filter((text) => text.includes("unknown"))).toEqual([]);
  }
});
