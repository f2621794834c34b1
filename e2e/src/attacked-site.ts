import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor } from "@mod-gearman/testkit";
import {
  EPOCH,
  type Fate,
  IDENTITIES,
  type JobAttack,
  MASTER,
  MASTER_FILE,
  RESULTS,
  type ResultAttack,
  resultAttacks,
  type Scene,
  type SeenJob,
} from "./attack-corpus.ts";
import { jobKey, open, openLegacy } from "./attacker-envelope.ts";
import { PACKET, request } from "./gearman-wire.ts";
import { honestJob, identityFileOfW1, jobAttacks } from "./job-attacks.ts";
import { type JobServerKind, startJobServer } from "./job-servers.ts";
import { linkPrograms } from "./links.ts";
import { programs } from "./paths.ts";
import { freePort, start } from "./processes.ts";
import { RawPeer } from "./raw-peer.ts";
import { scrape } from "./scrape.ts";
import { KEY, moduleConf, startWorker } from "./workers.ts";

export type Form = "legacy" | "v2";

/** What became of one attack. */
export interface Outcome {
  readonly name: string;
  readonly fate: Fate;
  /** Under which it was counted; in the legacy form nothing has one. */
  readonly reason: string | undefined;
}

const KINDS = ["attack", "honest"] as const;
type Kind = (typeof KINDS)[number];

/** Runs the whole corpus against a job server, a core with module and bridge, and a worker, all as processes. */
export async function attack(form: Form, jobServer: JobServerKind): Promise<Outcome[]> {
  const site = await AttackedSite.start(form, jobServer);
  try {
    return await site.run();
  } finally {
    await site.end();
  }
}

class AttackedSite {
  readonly #form: Form;
  readonly #folder = mkdtempSync(join(tmpdir(), "e2e-attacks-"));
  /** The last one first. */
  readonly #ends: (() => unknown)[] = [() => rmSync(this.#folder, { recursive: true, force: true })];
  #port = 0;
  #metricsPort = 0;
  #peer!: RawPeer;
  readonly #jobs: SeenJob[] = [];

  private constructor(form: Form) {
    this.#form = form;
  }

  static async start(form: Form, jobServer: JobServerKind): Promise<AttackedSite> {
    const site = new AttackedSite(form);
    try {
      await site.#start(jobServer);
    } catch (error) {
      await site.end();
      throw error;
    }
    return site;
  }

  async #start(jobServer: JobServerKind): Promise<void> {
    const server = await startJobServer(jobServer);
    this.#ends.push(() => server.stop());
    this.#port = server.port;
    this.#metricsPort = await freePort();
    this.#peer = await RawPeer.connect(server.port);
    this.#ends.push(() => this.#peer.close());
    this.#peer.send(request(PACKET.CAN_DO, "service"));
    const core = start(
      programs.testcore,
      [
        ...[
          `--module=${programs.shim}`,
          `--args=${linkPrograms(this.#folder).bridgeArgs} config=${this.#moduleFile()}`,
        ],
        ...["--hosts=2", "--services=3", "--interval=2", "--no-host-checks", "--command=/bin/true"],
        `--log=${join(this.#folder, "core.log")}`,
      ],
      { TMPDIR: this.#folder },
    );
    this.#ends.push(() => core.stop());
  }

  #moduleFile(): string {
    const path = join(this.#folder, "module.conf");
    const own = [`prometheus_server=127.0.0.1:${this.#metricsPort}`, `envelope=${this.#form}`];
    const sealed = [
      `envelope_master_file=${this.#file("master", MASTER_FILE)}`,
      `envelope_identities_file=${this.#file("identities", IDENTITIES)}`,
    ];
    const lines = [moduleConf(this.#port), ...own, ...(this.#form === "v2" ? sealed : []), ""];
    writeFileSync(path, lines.join("\n"));
    return path;
  }

  #file(name: string, text: string): string {
    const path = join(this.#folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  /** A plugin that makes the file of its first argument, further arguments are ignored. */
  #touch(): string {
    const path = join(this.#folder, "touch");
    if (!existsSync(path)) writeFileSync(path, '#!/bin/sh\n: >"$1"\n', { mode: 0o755 });
    return path;
  }

  async run(): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const one of resultAttacks) outcomes.push(await this.#attackBridge(one));
    return [...outcomes, ...(await this.#attackWorker())];
  }

  async end(): Promise<void> {
    for (const end of this.#ends.toReversed()) await end();
  }

  async #attackBridge(one: ResultAttack): Promise<Outcome> {
    const scene = await this.#scene();
    const message = this.#form === "v2" ? one.sealed(scene) : one.legacy(scene);
    if (one.honestFirst === true) {
      const { fate } = await this.#give(one.name, message);
      if (fate !== "taken") throw new Error(`${one.name}: the honest result was refused`);
      if (one.isPassive !== true) this.#forget(scene.job);
      await this.#scene(scene.job); // the next check of the same object is under way
    }
    const outcome = await this.#give(one.name, message);
    if (outcome.fate === "taken" && one.isPassive !== true) this.#forget(scene.job);
    return outcome;
  }

  /** Two jobs of the first host under way, which no worker takes. @param wanted one of them is of this object */
  #scene(wanted?: SeenJob): Promise<Scene> {
    const isWanted = (job: SeenJob): boolean =>
      job.host === "host-01" && (wanted === undefined || job.service === wanted.service);
    return waitFor("two checks under way", async () => {
      await this.#grabAll();
      const job = this.#jobs.find(isWanted);
      const other = this.#jobs.find((one) => one.host === "host-01" && one !== job);
      return job !== undefined && other !== undefined && { job, other };
    });
  }

  #forget(job: SeenJob): void {
    const at = this.#jobs.findIndex(({ host, service }) => host === job.host && service === job.service);
    if (at >= 0) this.#jobs.splice(at, 1);
  }

  /** Takes all jobs away, and sends no results. The last one of each object counts. */
  async #grabAll(): Promise<void> {
    for (;;) {
      const { type, body } = await this.#peer.ask(request(PACKET.GRAB_JOB));
      if (type !== PACKET.JOB_ASSIGN) return;
      const end = body.indexOf(0);
      const at = body.indexOf(0, end + 1) + 1;
      // otherwise the next check of the object would join it
      this.#peer.send(request(PACKET.WORK_COMPLETE, body.subarray(0, end), ""));
      const job = this.#read(Buffer.from(body.subarray(at)));
      this.#forget(job);
      this.#jobs.push(job);
    }
  }

  #read(payload: Buffer): SeenJob {
    const key = jobKey(MASTER, "service", EPOCH);
    const text = this.#form === "v2" ? open(key, payload, "service") : openLegacy(KEY, payload);
    const value = (name: string): string | undefined => new RegExp(`^${name}=(.*)$`, "m").exec(text)?.[1];
    const [host = "", service = "", coreTime = ""] = ["host_name", "service_description", "core_time"].map(
      value,
    );
    return { host, service, coreTime, id: value("job_id"), payload };
  }

  /** Puts a message into the result queue, and waits until the bridge has counted it. */
  async #give(name: string, message: Buffer): Promise<Outcome> {
    const before = await this.#bridgeCounts();
    const peer = await RawPeer.connect(this.#port);
    await peer.submit(PACKET.SUBMIT_JOB_BG, RESULTS, `attack-${performance.now()}`, message);
    peer.close();
    const after = await waitFor(`a count of "${name}"`, async () => {
      const counts = await this.#bridgeCounts();
      const isCounted = [...counts].some(([row, value]) => value > (before.get(row) ?? 0));
      return isCounted && counts;
    });
    const grown = [...after].filter(([row, value]) => value > (before.get(row) ?? 0)).map(([row]) => row);
    const [row = "", ...more] = grown;
    if (more.length > 0) throw new Error(`${name}: counted more than once: ${grown.join(", ")}`);
    const reason = /reason="(\w+)"/.exec(row)?.[1]?.toUpperCase();
    return { name, fate: row.includes("applied") ? "taken" : "refused", reason };
  }

  #bridgeCounts(): Promise<Map<string, number>> {
    return scrape(
      this.#metricsPort,
      /^modgearmanbridge_results_(?:applied|refused|discarded|second)_total\b/,
    );
  }

  async #attackWorker(): Promise<Outcome[]> {
    this.#peer.close();
    const metricsPort = await freePort();
    const worker = startWorker(this.#port, [
      ...[
        `--envelope=${this.#form}`,
        `--prometheus_server=127.0.0.1:${metricsPort}`,
        "--max-worker=1",
        "--min-worker=1",
      ],
      ...(this.#form === "v2" ? [`--envelope_identity_file=${this.#file("w1", identityFileOfW1)}`] : []),
    ]);
    this.#ends.push(() => worker.stop());
    await waitFor("the worker", () => scrape(metricsPort, /./).catch(() => undefined));
    const outcomes: Outcome[] = [];
    for (const [at, one] of jobAttacks.entries()) outcomes.push(await this.#attackOnce(one, at, metricsPort));
    return outcomes;
  }

  async #attackOnce(one: JobAttack, at: number, metricsPort: number): Promise<Outcome> {
    const counts = () => scrape(metricsPort, /^modgearmanworker_jobs_unproven_total\b/);
    const ran = (kind: Kind): string => join(this.#folder, `${at}-${kind}`);
    const touch = this.#touch();
    const command = `${touch} ${ran("attack")}`;
    const message = this.#form === "v2" ? one.sealed(command) : one.legacy(command);
    const before = await counts();
    const peer = await RawPeer.connect(this.#port);
    const send = (what: Buffer): Promise<boolean> =>
      peer.submit(PACKET.SUBMIT_JOB_BG, "service", `job-${performance.now()}`, what);
    if (one.honestFirst === true) {
      await send(message);
      await waitFor("the honest job", () => existsSync(ran("attack")));
      rmSync(ran("attack"));
    }
    await send(message);
    await send(honestJob[this.#form === "v2" ? "sealed" : "legacy"](`${touch} ${ran("honest")}`));
    await waitFor("the job behind the attack", () => existsSync(ran("honest")));
    peer.close();
    const isTaken = existsSync(ran("attack"));
    const grown = [...(await counts())].filter(([row, value]) => value > (before.get(row) ?? 0));
    const [[row = ""] = []] = grown;
    return {
      name: one.name,
      fate: isTaken ? "taken" : "refused",
      reason: /reason="(\w+)"/.exec(row)?.[1]?.toUpperCase(),
    };
  }
}
