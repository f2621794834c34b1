import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor } from "@mod-gearman/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { app, EPOCH, IDENTITIES, MASTER_FILE } from "../src/attack-corpus.ts";
import { identityFileOfW1 } from "../src/job-attacks.ts";
import { startJobServer } from "../src/job-servers.ts";
import { skipWithout } from "../src/needs.ts";
import { programs } from "../src/paths.ts";
import { freePort, start } from "../src/processes.ts";
import { scrape } from "../src/scrape.ts";
import { readStatus, waitForStatus } from "../src/status-file.ts";
import { ownBridge, startTestCore } from "../src/test-core.ts";
import { KEY, moduleConf, startWorker } from "../src/workers.ts";

/*
 * Every form of the module with every form of worker and sender, and with those of others, as programs. Queue `service` is sealed in
 * `both`, queue `host` is not. Workers written in C and Go: E2E_C_SUITE and E2E_GO_SUITE name the folders of their programs.
 */

type Form = "legacy" | "both" | "v2";
const FORMS = ["legacy", "both", "v2"] as const;
const SENDER_FILE = `type=sender\nname=app\nown_key=${EPOCH} ${app.secret.toString("hex")}\n`;

interface Stage {
  readonly port: number;
  readonly statusFile: string;
  readonly metricsPort: number;
  file(name: string, text: string): string;
}

async function stage(form: Form): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), "e2e-forms-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const server = await startJobServer("our job server");
  onTestFinished(() => server.stop());
  const metricsPort = await freePort();
  const conf = [
    moduleConf(server.port),
    ...[`prometheus_server=127.0.0.1:${metricsPort}`, `envelope=${form}`, "envelope_queues=service"],
    `envelope_master_file=${file("master", MASTER_FILE)}`,
    `envelope_identities_file=${file("identities", IDENTITIES)}`,
    "",
  ];
  const { statusFile } = startTestCore("/bin/echo ran", ownBridge, conf.join("\n"), [
    "--host-command=/bin/echo ran",
  ]);
  await waitFor("the bridge", () => scrape(metricsPort, /./).catch(() => undefined));
  return { port: server.port, statusFile, metricsPort, file };
}

const haveRun = (statusFile: string, kind: "hosts" | "services"): Promise<unknown> =>
  waitForStatus(statusFile, `${kind} checked`, (status) => {
    const blocks = [...status[kind].values()];
    return blocks.length > 0 && blocks.every((block) => block.get("plugin_output") === "ran");
  });
const hasAnyRun = (statusFile: string, kind: "hosts" | "services"): boolean =>
  [...readStatus(statusFile)[kind].values()].some((block) => block.get("plugin_output") === "ran");

/** Which of the two queues a worker serves with success. */
const served: Record<Form, Record<Form, readonly ("hosts" | "services")[]>> = {
  legacy: { legacy: ["hosts", "services"], both: ["hosts", "services"], v2: [] },
  both: { legacy: ["hosts"], both: ["hosts", "services"], v2: ["services"] },
  v2: { legacy: [], both: ["hosts", "services"], v2: ["hosts", "services"] },
};
const REFUSAL = { legacy: "invalid data package received", both: "", v2: "refused a job of queue" };

describe.for(FORMS.flatMap((module) => FORMS.map((worker) => ({ module, worker }))))(
  "module $module",
  ({ module, worker }) => {
    test(`worker ${worker}`, async () => {
      const { port, statusFile, file } = await stage(module);
      const identity = `--envelope_identity_file=${file("w1", identityFileOfW1)}`;
      const running = startWorker(port, [`--envelope=${worker}`, identity]);
      onTestFinished(async () => void (await running.stop()));
      const expected = served[module][worker];
      for (const kind of expected) await haveRun(statusFile, kind);
      const others = (["hosts", "services"] as const).filter((kind) => !expected.includes(kind));
      if (others.length > 0) await running.said(REFUSAL[worker]);
      else expect(running.output()).not.toContain("refused a job");
      for (const kind of others) expect(hasAnyRun(statusFile, kind)).toBe(false);
    });
  },
);

async function send(command: readonly string[], input = ""): Promise<number | null> {
  const [file = "", ...args] = command;
  const child = spawn(file, args, { stdio: ["pipe", "ignore", "ignore"] });
  child.stdin.end(input);
  const [code] = (await once(child, "exit")) as [number | null];
  return code;
}

/** What the bridge counted: applied, discarded, or the reason of a refusal. */
async function fate(metricsPort: number, act: () => Promise<unknown>): Promise<string> {
  const counts = (): Promise<Map<string, number>> =>
    scrape(metricsPort, /^modgearmanbridge_results_(?:applied|refused|discarded)_total\b/);
  const before = await counts();
  await act();
  const row = await waitFor("a count", async () =>
    [...(await counts())].find(([name, value]) => value > (before.get(name) ?? 0)),
  );
  return /reason="(\w+)"/.exec(row[0])?.[1] ?? /results_(\w+)_total/.exec(row[0])?.[1] ?? "";
}

const MULTI = `<CHILD>
<no>1</no>
<name>service-02</name>
<rc>1</rc>
<runtime>1</runtime>
<output>multi</output>
<error></error>
</CHILD>
`;

test.for(FORMS)("module %s, both senders in both forms", async (form) => {
  const { port, metricsPort, file } = await stage(form);
  const identity = `--sender_identity_file=${file("app", SENDER_FILE)}`;
  const to = [`--server=127.0.0.1:${port}`, "--host=host-01"];
  const one = [
    process.execPath,
    programs.sendGearman,
    ...to,
    "--service=service-01",
    "--message=sent",
    "--returncode=0",
  ];
  const many = [process.execPath, programs.sendMulti, ...to];
  const legacy = [`--key=${KEY}`, "--encryption=yes"];
  const fates = [
    await fate(metricsPort, () => send([...one, ...legacy])),
    await fate(metricsPort, () => send([...one, identity])),
    await fate(metricsPort, () => send([...many, ...legacy], MULTI)),
    await fate(metricsPort, () => send([...many, identity], MULTI)),
  ];
  const [ofLegacy, ofSealed] = {
    legacy: ["applied", "discarded"],
    both: ["applied", "applied"],
    v2: ["not_sealed_v2", "applied"],
  }[form];
  expect(fates).toEqual([ofLegacy, ofSealed, ofLegacy, ofSealed]);
});

interface Others {
  readonly name: string;
  readonly variable: "E2E_C_SUITE" | "E2E_GO_SUITE";
  /** Beginning of the command line of its worker. */
  readonly under: readonly string[];
}
const others: readonly Others[] = [
  { name: "C", variable: "E2E_C_SUITE", under: ["setsid", "--wait"] }, // it signals its process group at its end
  { name: "Go", variable: "E2E_GO_SUITE", under: [] },
];

describe.for(others)("$name programs, unchanged", ({ variable, under }) => {
  const folder = process.env[variable] ?? "";
  const whyNot = existsSync(join(folder, "mod_gearman_worker"))
    ? undefined
    : `${variable} names no folder with programs`;
  test.for(["legacy", "both"] as const)(
    "worker of queue host, module %s; our worker beside it",
    async (form, context) => {
      skipWithout(context, whyNot);
      const { port, statusFile, file } = await stage(form);
      const [program = "", ...args] = [...under, join(folder, "mod_gearman_worker")];
      const settings = [
        `--server=127.0.0.1:${port}`,
        `--key=${KEY}`,
        "--encryption=yes",
        "--hosts=yes",
        "--services=no",
      ];
      const worker = start(program, [
        ...args,
        ...settings,
        "--eventhandler=no",
        "--max-worker=2",
        "--min-worker=1",
      ]);
      onTestFinished(() => worker.kill());
      await haveRun(statusFile, "hosts");
      const identity = `--envelope_identity_file=${file("w1", identityFileOfW1)}`;
      const ours = startWorker(port, [`--envelope=${form}`, identity, "--hosts=no"]);
      onTestFinished(async () => void (await ours.stop()));
      await haveRun(statusFile, "services");
    },
  );

  test.for(FORMS)("send_gearman, module %s", async (form, context) => {
    skipWithout(context, whyNot);
    const { port, metricsPort } = await stage(form);
    const command = [
      ...[join(folder, "send_gearman"), `--server=127.0.0.1:${port}`, `--key=${KEY}`, "--encryption=yes"],
      ...["--host=host-01", "--service=service-01", "--message=sent", "--returncode=0"],
    ];
    const expected = form === "v2" ? "not_sealed_v2" : "applied";
    expect(await fate(metricsPort, () => send(command))).toBe(expected);
  });
});
