import { issueIdentity, printIdentityFile, printMasterFile } from "@mod-gearman/crypto";
import { describe, expect, test } from "vitest";
import { TestSite } from "./test-site.ts";
import type { WorkerKeys } from "./test-worker.ts";

const MASTER = { secret: Buffer.alloc(32, 1), epochs: [1] };
const OTHER_MASTER = { secret: Buffer.alloc(32, 2), epochs: [1] };
const LIST = "worker w1 host\nworker w1 service\nend\n";

const identityOf = (master: typeof MASTER, ...queues: string[]): WorkerKeys =>
  issueIdentity(master, { kind: "worker", name: "w1", queues: queues.map((queue) => Buffer.from(queue)) });

/** Lines of the files of a site. @param form of the module: `envelope=…` and more */
function seal(site: TestSite, form: string[], workerForm: string): void {
  site.files.set("etc/master", printMasterFile(MASTER));
  site.files.set("etc/identities", LIST);
  site.files.set("etc/w1", printIdentityFile(identityOf(MASTER, "host", "service")));
  for (const name of ["etc/master", "etc/identities", "etc/w1"]) site.modes.set(name, 0o600);
  const [module, worker] = [site.moduleLines, site.workerLines];
  site.moduleLines = () => [
    ...module(),
    ...form,
    "hosts=yes",
    "services=yes",
    `envelope_master_file=${site.path("etc/master")}`,
    `envelope_identities_file=${site.path("etc/identities")}`,
  ];
  site.workerLines = () => [
    ...worker().filter((line) => line !== "eventhandler=yes"),
    workerForm,
    `envelope_identity_file=${site.path("etc/w1")}`,
  ];
  site.worker = { identity: identityOf(MASTER, "host", "service") };
}

interface Sealed {
  readonly name: string;
  readonly finds: readonly string[];
  readonly says?: RegExp;
  readonly breaks: (site: TestSite) => void;
}

const sites: readonly Sealed[] = [
  { name: "nothing", finds: [], breaks: () => undefined },
  {
    name: "a worker with keys of another master file",
    finds: ["check worker-key", "check worker-key"],
    says: /a worker of queue service .*could not read a test job.*Enrol the worker/,
    breaks: (site) => {
      site.worker = { identity: identityOf(OTHER_MASTER, "host", "service") };
    },
  },
  {
    name: "a worker without the key of a queue",
    finds: ["check worker-key"],
    says: /a worker of queue host /,
    breaks: (site) => {
      site.worker = { identity: identityOf(MASTER, "service") };
    },
  },
  {
    name: "a worker that takes the shared key only",
    finds: ["check worker-key", "check worker-key"],
    breaks: (site) => {
      site.worker = {};
    },
  },
  {
    name: "a clock 90 seconds ahead",
    finds: ["clock clock-differs"],
    says: /Mod-Gearman Worker @ test differs by (?:8|9)\d\.\d s/,
    breaks: (site) => {
      site.worker = { ...site.worker, clockMicros: 90_000_000n };
    },
  },
  {
    name: "a plugin that the worker does not have",
    finds: ["plugins plugin-missing"],
    breaks: (site) => void site.files.delete("plugins/check_fine"),
  },
];

describe.concurrent("a site with sealed jobs, broken by", () => {
  test.for(sites)("$name", async ({ finds, says = /^/, breaks }, context) => {
    const site = new TestSite(context);
    seal(site, ["envelope=v2"], "envelope=v2");
    breaks(site);
    const { found, skipped, json } = await site.run();
    expect(found).toEqual(finds);
    expect(JSON.stringify(json.findings)).toMatch(says);
    const unasked = skipped.filter((why) => !why.startsWith("limits of processes"));
    if (finds.length === 0) expect(unasked).toEqual([]);
  });
});

test("where some queues are sealed, each is asked in its form", async (context) => {
  const site = new TestSite(context);
  seal(site, ["envelope=both", "envelope_queues=service"], "envelope=both");
  const { json } = await site.run();
  const asked = json.findings.map(({ what }) => what).filter((what) => what.includes("queue host"));
  expect(asked).toEqual([expect.stringMatching(/a worker of queue host .*could not read a test job/)]);
  expect(json.facts.map(({ name }) => name)).toContainEqual(expect.stringMatching(/^queue service at /));
});

test("on a machine without the module no sealed queue is asked, and that is said", async (context) => {
  const site = new TestSite(context);
  seal(site, ["envelope=v2"], "envelope=v2");
  site.files.set("etc/naemon/naemon.cfg", "event_broker_options=-1\n");
  const { found, skipped } = await site.run();
  expect(found.filter((one) => one.startsWith("check "))).toEqual([]);
  expect(skipped).toContainEqual(
    expect.stringContaining("no queue of checks for which there is a key on this machine"),
  );
});
