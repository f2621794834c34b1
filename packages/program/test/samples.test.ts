import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { moduleTable, nodeFiles, workerTable } from "@mod-gearman/config";
import { describe, expect, test } from "vitest";
import { loadModule } from "../src/load-module.ts";
import { loadWorker } from "../src/load-worker.ts";

/** Files without modes, which are those of a checkout. */
const files = { ...nodeFiles, statsOf: () => undefined };
const folder = fileURLToPath(new URL("samples", import.meta.url));
const SHIPPED = "the encryption key is that of the sample configuration, which is public";

/** Keys that a sample mentions, also in comments. */
function mentioned(name: string): Set<string> {
  const text = readFileSync(`${folder}/${name}`, "utf8");
  return new Set([...text.matchAll(/^#?([a-z0-9_-]+)=/gm)].map((match) => match[1] ?? ""));
}

describe("module.conf", () => {
  const loaded = loadModule("config=module.conf", folder, files);
  test("mentions every key of the original", () => {
    const ours =
      /^(?:config|bridge_.*|.*_when_away|layout_dir|next_check_line|server_spread|orphan_no_worker_after|sticky_plugins|prometheus_server|admin_.*|worker_times|envelope.*|enroll.*|tls.*)$/;
    const keys = Object.keys(moduleTable).filter((key) => !ours.test(key));
    expect(keys.filter((key) => !mentioned("module.conf").has(key))).toEqual([]);
  });
  test("loads; the shipped key, a # in a value and options without effect are reported", () =>
    expect(loaded.warnings.map((one) => one.text)).toEqual([
      "localhostgroups: the line ends at '#': this program takes '', the worker takes '# none'",
      SHIPPED,
    ]));
  test("has the documented values", () =>
    expect(loaded.options).toMatchObject({
      servers: [{ host: "localhost", port: 4730 }],
      hosts: true,
      notifications: false,
      hostgroups: ["linux", "windows"].map((name) => Buffer.from(name)),
      servicegroups: ["databases", "web"].map((name) => Buffer.from(name)),
      localhostgroups: [],
      queueCustomVariable: Buffer.from("WORKER"),
      gearmanConnectionTimeoutMs: 5000,
      exports: [
        { queue: Buffer.from("log_queue"), returnCode: 1, callbacks: [2] },
        { queue: Buffer.from("process_queue"), returnCode: 0, callbacks: [0, 1] },
      ],
    }));
  test("a worker can read it too, except for the rules of comments", () => {
    const request = loadWorker([`--config=${folder}/module.conf`], files);
    expect(request).toMatchObject({
      options: { services: true, servers: [{ host: "localhost", port: 4730 }] },
    });
  });
});

describe("worker.cfg", () => {
  const request = loadWorker([`--config=${folder}/worker.cfg`], files);
  test("contains every key", () => {
    const keys = Object.keys(workerTable).filter((key) => key !== "config" && !key.startsWith("tls"));
    expect(keys.filter((key) => !mentioned("worker.cfg").has(key))).toEqual([]);
  });
  test("loads; the shipped key is reported", () =>
    expect(request).toMatchObject({
      warnings: [
        { text: "max-jobs has no effect: slots need no renewal", level: "info" },
        { text: SHIPPED, where: `${folder}/worker.cfg:33` },
      ],
    }));
  test("has the documented values", () => {
    expect(request).toMatchObject({
      options: {
        servers: [
          { host: "localhost", port: 4730 },
          { host: "gearman-b", port: 4730 },
          { host: "2001:db8::1", port: 4731 },
        ],
        dupservers: [{ host: "reporting", port: 4730 }],
        minWorker: 5,
        maxWorker: 50,
        idleTimeoutSeconds: 30,
        restrictPath: ["/usr/lib/monitoring-plugins/", "/usr/local/libexec/"],
        restrictCommandCharacters: Buffer.from("$&();<>`\"'|"),
        prometheusServer: "127.0.0.1:9050",
      },
    });
    expect(request).not.toHaveProperty("options.pidfile");
  });
});
