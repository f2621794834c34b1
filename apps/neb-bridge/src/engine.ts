import { once } from "node:events";
import { type Clock, type Logger, printAddress, type ServerAddress } from "@mod-gearman/base";

import {
  type AssignedJob,
  clientIdOf,
  Liveness,
  type SubmitOutcome,
  type SubmittedJob,
  WorkerConnection,
} from "@mod-gearman/client";
import { type LoadDeps, type ModuleOptions, openKeyProblem, writersProblem } from "@mod-gearman/config";
import { createEnvelope, type Envelope, SealBatch } from "@mod-gearman/crypto";
import { BridgeEnvelope, type EnvelopeMemory } from "./bridge-envelope.ts";
import type { OutstandingCheck } from "./check-row.ts";
import { openEnrolment } from "./enrolment.ts";
import type { EnrolmentQueue } from "./enrolment-queue.ts";
import { IdentityWatch } from "./identity-watch.ts";
import { JobLookup } from "./job-lookup.ts";
import type { PlainJob } from "./jobs.ts";
import { MasterWatch } from "./master-watch.ts";
import type { ResultIntake } from "./result-intake.ts";
import { RevocationNotices } from "./revocation-notices.ts";
import { handleNumberOf } from "./row-handles.ts";
import { ServerPool } from "./server-pool.ts";

export interface EngineDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly results: ResultIntake;
  /** Whether any job server takes jobs. */
  readonly onReachable: (isReachable: boolean) => void;
  /** The connection to a server was lost, or is there again; `isSilent`: it did not answer. */
  readonly onDoubt: (server: ServerAddress, isSilent: boolean) => void;
  /** Of this bridge and its host, for job servers. */
  readonly identity: { readonly version: string; readonly hostName: string };
  readonly files: LoadDeps;
  /** What version 2 of the envelope keeps. */
  readonly envelopes: EnvelopeMemory;
  /** Submits that may wait unsent on the connection to one server. */
  readonly maxQueued: number;
}

/** One of the `result_workers` connections that grab results from one job server. */
interface Fetcher {
  readonly server: ServerAddress;
  readonly worker: WorkerConnection;
  /** Last time at which the result queue was empty. */
  emptyAt: number;
}

/** The connections to the job servers for one configuration; replaced as a whole when it changes. */
export class Engine {
  readonly options: ModuleOptions;
  readonly envelope: Envelope;
  /** Version 2; undefined in the legacy form. */
  readonly binder: BridgeEnvelope | undefined;
  readonly client: ServerPool;
  /** For workers that are revoked. */
  readonly notices: RevocationNotices;
  readonly #deps: EngineDeps;
  readonly #fetchers: Fetcher[] = [];
  readonly #lookup: JobLookup;
  readonly #liveness: Liveness;
  readonly #batch: SealBatch;
  /** Jobs of this turn of the event loop, whose texts are sealed together. */
  #submits: { readonly job: PlainJob; readonly outcome: SubmitOutcome }[] = [];
  /** That arrived in this turn, and are opened together. */
  #results: AssignedJob[] = [];
  readonly #watch: IdentityWatch | undefined;
  readonly #masterWatch: MasterWatch | undefined;
  readonly #enrolment: EnrolmentQueue | undefined;
  #stopWaiting: () => void = () => undefined;

  /** @throws ClientError BAD_ARGUMENT for a result queue that no job server would accept; no connection is left then */
  constructor(options: ModuleOptions, deps: EngineDeps) {
    const { clock, logger } = deps;
    this.options = options;
    this.#deps = deps;
    this.#liveness = new Liveness({ clock });
    const mode = options.acceptClearResults ? "accept-clear" : "on";
    const key = options.encryption ? options.key : undefined;
    this.envelope = createEnvelope(key === undefined ? { mode: "off" } : { mode, password: key });
    this.#batch = new SealBatch(key);
    this.binder = BridgeEnvelope.of(options, deps.envelopes);
    const onDelivered = (): void => void deps.envelopes.enrolments.notices++;
    this.notices = new RevocationNotices({ servers: options.servers, clock, logger, onDelivered });
    this.#watch = this.#watchIdentities();
    this.#masterWatch = this.#watchMaster();
    const limitMs =
      options.gearmanConnectionTimeoutMs > 0 ? options.gearmanConnectionTimeoutMs : Number.POSITIVE_INFINITY;
    // Fetchers first: the first one validates the name of the result queue before any connection is open.
    for (const server of options.servers)
      for (let at = 0; at < options.resultWorkers; at++) this.#fetchers.push(this.#fetchFrom(server));
    const liveness = this.#liveness;
    this.#enrolment = openEnrolment(options, this.binder, {
      ...deps,
      liveness,
      reread: () => this.#watch?.look(),
      add: (result) => deps.results.add(result),
    });
    this.client = new ServerPool({
      servers: options.servers,
      spread: options.serverSpread,
      clock,
      logger,
      liveness,
      timeoutMs: limitMs,
      maxQueued: deps.maxQueued,
      onReachable: deps.onReachable,
      onAway: deps.onDoubt,
      onBack: (server) => deps.onDoubt(server, false),
    });
    this.#lookup = new JobLookup((server) => this.client.clientOf(server), { clock, logger, liveness });
  }

  /** Every job server, and its connection state. */
  get servers(): { address: string; isConnected: boolean }[] {
    return this.options.servers.map((server) => ({
      address: printAddress(server),
      isConnected: this.client.clientOf(server)?.connected === true,
    }));
  }

  /** Grabs at most `jobs` result jobs at a time from all servers together; 0 leaves them queued. */
  setResultCapacity(jobs: number): void {
    const each = jobs === 0 ? 0 : Math.max(1, Math.floor(jobs / Math.max(1, this.#fetchers.length)));
    for (const { worker } of this.#fetchers) worker.setCapacity(each);
  }

  /** Puts a job on a server that takes jobs, at the end of this turn of the event loop. */
  track(job: PlainJob, outcome: SubmitOutcome): void {
    this.#submits.push({ job, outcome });
    if (this.#submits.length === 1) queueMicrotask(() => this.#submitAll());
  }

  #takeResult(job: AssignedJob): void {
    this.#results.push(job);
    if (this.#results.length > 1) return;
    queueMicrotask(() => {
      const results = this.#results;
      this.#results = [];
      this.#deps.results.onJobs(results, this.envelope, this.binder);
    });
  }

  #submitAll(): void {
    const submits = this.#submits;
    this.#submits = [];
    const batch = this.#batch;
    const sealed = this.binder === undefined ? undefined : submits.map(({ job }) => this.#sealed(job));
    for (const [at, { job }] of submits.entries()) {
      if (sealed?.[at] !== undefined) continue;
      batch.reserve(job.text.length);
      batch.buffer.set(job.text, batch.at);
      batch.end(batch.at + job.text.length);
    }
    const legacy = batch.seal().values();
    for (const [at, { job, outcome }] of submits.entries()) {
      const data = sealed?.[at] ?? (legacy.next().value as Buffer);
      const { queue, unique, priority } = job;
      this.client.trackBackground({ function: queue, unique, data, priority }, outcome);
    }
  }

  /** @returns undefined for a job in the legacy form, or one of a former configuration */
  #sealed(job: PlainJob): Buffer | undefined {
    return job.isSealed === true ? this.binder?.seal(job) : undefined;
  }

  /** As {@link track}, for the job of a check that was on a server before. */
  async submit(job: PlainJob): Promise<SubmittedJob> {
    const { queue, unique, text, priority, jobId } = job;
    const taken = await this.client.submitBackground({
      function: queue,
      unique,
      data: this.#sealed(job) ?? this.envelope.seal(text),
      priority,
    });
    if (jobId !== undefined)
      this.#deps.envelopes.flights.accepted(jobId, taken.server, handleNumberOf(taken.handle));
    return taken;
  }

  /** Asks the server that took the job, whether or not jobs go there now. Rejects when it cannot be asked. */
  isKnown(check: OutstandingCheck): Promise<boolean> {
    return check.isFormer === true ? this.#isKnownAnywhere(check) : this.#lookup.isKnown(check);
  }

  /** What is on a server that is away while another one takes jobs counts as lost, as always. */
  async #isKnownAnywhere(check: OutstandingCheck): Promise<boolean> {
    const servers = this.options.servers.filter((server) => !this.client.isReplaced(server));
    const answers = await Promise.all(servers.map((server) => this.#lookup.isKnown({ ...check, server })));
    return answers.includes(true);
  }

  /**
   * True if every result queue has been empty since `ms` of the clock; false while a server is unreachable. For a check
   * of a bridge before this one a server that is replaced does not count: the others alone were asked, too.
   */
  drainedSince(ms: number, isFormer: boolean): boolean {
    return this.#fetchers.every(
      ({ server, worker, emptyAt }) =>
        (worker.connected && (worker.asleep || emptyAt >= ms)) ||
        (isFormer && this.client.isReplaced(server)),
    );
  }

  /**
   * Before another engine replaces this one: waits at most `drainMs` for the core to acknowledge the results sent to
   * it, then closes.
   */
  async retire(drainMs: number): Promise<void> {
    const { clock } = this.#deps;
    this.setResultCapacity(0);
    const late = Promise.withResolvers<void>();
    this.#stopWaiting = late.resolve;
    const timer = clock.setTimeout(late.resolve, drainMs);
    const idle = this.#fetchers
      .filter(({ worker }) => worker.held > 0 || worker.outstandingGrabs > 0)
      .map(({ worker }) => once(worker, "idle"));
    await Promise.all([
      this.client.close(),
      this.#lookup.close(),
      this.#enrolment?.close(),
      Promise.race([Promise.all(idle), late.promise]),
    ]);
    clock.clearTimeout(timer);
    await this.close();
  }

  /** Lets pending submits complete (bounded by the client); the server assigns unfinished result jobs again. */
  async close(): Promise<void> {
    this.#stopWaiting();
    this.notices.close();
    this.#watch?.close();
    this.#masterWatch?.close();
    const closing = this.#fetchers.map(({ worker }) => worker.close());
    await Promise.allSettled([
      ...closing,
      this.client.close(),
      this.#lookup.close(),
      this.#enrolment?.close(),
    ]);
  }

  #watchIdentities(): IdentityWatch | undefined {
    const { binder } = this;
    const { clock, logger, files } = this.#deps;
    const readFile = (file: string): Buffer => files.readFile(file);
    const problemOf = (file: string): string | undefined => writersProblem(file, files);
    const { envelopeIdentitiesFile: path, identities: content } = this.options;
    if (binder === undefined || path === undefined || content === undefined) return undefined;
    const use = (changed: Buffer): void => this.notices.send(binder.useIdentities(changed));
    return new IdentityWatch({ path, content, readFile, problemOf, use, clock, logger });
  }

  #watchMaster(): MasterWatch | undefined {
    const { binder } = this;
    const { clock, logger, files } = this.#deps;
    const readFile = (file: string): Buffer => files.readFile(file);
    const problemOf = (file: string): string | undefined => openKeyProblem(file, files);
    const { envelopeMasterFile: path, masterFile: content } = this.options;
    if (binder === undefined || path === undefined || content === undefined) return undefined;
    const use = (changed: Buffer): void => binder.useMaster(changed);
    return new MasterWatch({ path, content, readFile, problemOf, use, clock, logger });
  }

  #fetchFrom(server: ServerAddress): Fetcher {
    const { clock, logger, identity } = this.#deps;
    const debug = (text: string): void => logger.debug(text);
    const worker = new WorkerConnection({
      server,
      functions: [this.options.resultQueue],
      clientId: clientIdOf(Buffer.from(identity.hostName), `mod_gearman_bridge/${identity.version}`),
      maxInFlight: 0,
      onJob: (job) => this.#takeResult(job),
      onProblem: (problem) => debug(`result queue of ${server.host}:${server.port}: ${problem.message}`),
      clock,
      logger: { debug, info: debug, warn: debug }, // the connection that jobs are put on says the same once
      liveness: this.#liveness,
      bulk: true,
    });
    const fetcher: Fetcher = { server, worker, emptyAt: Number.NEGATIVE_INFINITY };
    worker.on("disconnect", () => this.#deps.results.connectionLost());
    worker.on("asleep", () => {
      fetcher.emptyAt = clock.monotonicMs();
    });
    return fetcher;
  }
}
