import { loadWorker } from "@mod-gearman/program";
import { expect, test } from "vitest";
import { isWorkerQueue, workerConfig } from "../src/worker-config.ts";

test("servers that are spoken to with TLS keep it, and get the files", () => {
  const tls = { caFile: "/ca.pem", certFile: "/web-1.pem", keyFile: "/web-1.key" };
  const facts = { name: "web-1", queues: ["service"], servers: "tls://gearman:4731", enrollQueue: "q" };
  const lines = workerConfig({ ...facts, tls, keyFile: "/keys" }).split("\n");
  expect(lines.filter((line) => /tls/.test(line))).toEqual([
    "server=tls://gearman:4731",
    "tls_ca_file=/ca.pem",
    "tls_cert_file=/web-1.pem",
    "tls_key_file=/web-1.key",
  ]);
});

test("the worker reads its configuration, and takes jobs of all its queues", () => {
  const queues = [
    "service",
    "host",
    "eventhandler",
    "notification",
    "hostgroup_a b",
    "servicegroup_x",
    "sticky_web-1",
  ];
  const text = workerConfig({
    ...{ name: "web-1", queues, servers: "[::1]:4731,gearman:4730" },
    ...{ enrollQueue: "keys", keyFile: "/keys/web-1.key" },
  });
  const request = loadWorker(["--config=/worker.conf", "--envelope=legacy"], {
    readFile: () => Buffer.from(text, "latin1"),
    readDir: () => [],
    isDirectory: () => false,
  });
  if (!("options" in request)) throw new Error("no options");
  const { options } = request;
  expect(options).toMatchObject({
    servers: [
      { host: "::1", port: 4731 },
      { host: "gearman", port: 4730 },
    ],
    encryption: false,
    envelopeIdentityFile: "/keys/web-1.key",
    envelopeRenewIntervalSeconds: 60,
    enrollQueue: Buffer.from("keys"),
    stickyState: true,
  });
  expect(options.functions().map(String).toSorted()).toEqual(queues.slice(0, -1).toSorted());
  expect(text).toContain("\nenvelope=v2\n");
});

test.for<[string, boolean]>([
  ["service", true],
  ["hostgroup_a", true],
  ["hostgroup_", false],
  ["hostgroup_a,b", false],
  ["check_results", false],
  ["sticky_", false],
  ["", false],
])("queue %j: %s", ([queue, isOne]) => expect(isWorkerQueue(queue)).toBe(isOne));
