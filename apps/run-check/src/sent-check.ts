import { omitUndefined, type ServerAddress } from "@mod-gearman/base";
import { ClientConnection, ClientError } from "@mod-gearman/client";
import type { RunOptions } from "@mod-gearman/config";
import { type CheckResult, printSenderResult } from "@mod-gearman/payload";
import { identitySealer } from "@mod-gearman/program";
import { type CheckEnd, CheckSealing, ownQueue, RemoteChecks } from "@mod-gearman/remote-check";
import type { PlannedRun } from "./planned-run.ts";
import type { World } from "./world.ts";

/** What came back, or why nothing did. */
export type Outcome =
  | { readonly kind: "result"; readonly result: CheckResult; readonly isApplied: boolean }
  | { readonly kind: "none"; readonly text: string };

const PROGRAM = "mod_gearman_run";
/** Stands for the object where none is named. */
const NO_OBJECT = Buffer.from(PROGRAM, "latin1");
const CLOSE_MS = 100;
const APPLY_MS = 10_000;
const KEY_DIFFERS = "its key or its encryption setting differs from the one given here";
const KEYS_MISSING =
  "it has no key of this queue and epoch (envelope_master_file), or speaks the legacy form only";

type Environment = Pick<World, "dial" | "clock" | "nowMicros" | "random" | "hostName">;

/** One check, sent to a queue of one server; its result comes to a queue of its own, so no core sees it. */
export class SentCheck {
  readonly #server: ServerAddress;
  readonly #options: RunOptions;
  readonly #plan: PlannedRun;
  readonly #world: Environment;
  readonly #checks: RemoteChecks;

  constructor(server: ServerAddress, options: RunOptions, plan: PlannedRun, world: Environment) {
    const { key, masterFile, identities } = options;
    const encryption = plan.form === "v2" ? options.encryption : plan.form === "legacy";
    this.#server = server;
    this.#options = options;
    this.#plan = plan;
    this.#world = world;
    const files = masterFile === undefined || plan.form !== "v2" ? undefined : { masterFile, identities };
    const nowMs = (): number => Number(world.nowMicros() / 1000n);
    this.#checks = new RemoteChecks(
      {
        ...{ server, clientId: NO_OBJECT, timeoutMs: plan.timeoutMs },
        resultQueue: ownQueue(PROGRAM, world.hostName, world.random()),
        sealing: new CheckSealing({ encryption, key, files }, nowMs),
      },
      world,
    );
  }

  /** Never rejects because of a server or worker. */
  async run(): Promise<Outcome> {
    const { hostName = NO_OBJECT, apply } = this.#options;
    const { clock } = this.#world;
    const { timeoutMs } = this.#plan;
    const endMs = clock.monotonicMs() + timeoutMs;
    // a result that came first would be of a former program
    if (!(await this.#checks.listen(timeoutMs)))
      return { kind: "none", text: "the job server did not give a queue for the result in time" };
    const leftMs = Math.max(1, Math.ceil(endMs - clock.monotonicMs()));
    const check = { ...this.#plan, timeoutMs: leftMs, hostName, serviceDescription: this.#service };
    const end = await this.#checks.run(check);
    if (end.kind !== "result") return { kind: "none", text: this.#whyNone(end) };
    const { result, payload } = end;
    const data = (): Buffer => (this.#plan.form === "v2" ? this.#passive(result) : payload);
    return { kind: "result", result, isApplied: apply && (await this.#apply(data())) };
  }

  /** The result queue is removed, else it would stay in the server's list. */
  close(): Promise<void> {
    return this.#checks.close();
  }

  get #service(): Buffer | undefined {
    const { hostName, serviceDescription } = this.#options;
    return hostName === undefined ? NO_OBJECT : serviceDescription;
  }

  #whyNone(end: Exclude<CheckEnd, { kind: "result" }>): string {
    const why = this.#plan.form === "v2" ? KEYS_MISSING : KEY_DIFFERS;
    switch (end.kind) {
      case "no-result":
        return "the worker took the job, but no result came; it may send results to another server";
      case "unfinished":
        return "a worker took the check, and did not finish it in time";
      case "not-taken":
        return "no worker took the check in time";
      case "refused":
        return `the worker could not read the job: ${why}`;
      case "untaken":
        return `the module would refuse the result: ${end.why}`;
      case "sealed":
        return "the result is sealed (v2), and no envelope_master_file was given to open it";
      case "clear":
      case "unreadable":
        return `the result cannot be read: ${why}`;
      case "broken":
        return end.text;
    }
  }

  /** Of the sender's own: the module takes a worker's result for jobs of its own only. Source: envelope-v2.md 7. */
  #passive({ startTime, finishTime, returnCode, source, output }: CheckResult): Buffer {
    const { hostName = NO_OBJECT, serviceDescription, resultQueue, senderIdentity } = this.#options;
    if (senderIdentity === undefined) throw new Error("no sender_identity_file");
    const now = this.#world.nowMicros();
    const text = printSenderResult({
      ...{ type: "passive", hostName, serviceDescription, returnCode, output },
      ...{ startTime: startTime ?? now, finishTime: finishTime ?? now, latency: 0n },
      ...omitUndefined({ source }),
    });
    return identitySealer(senderIdentity, resultQueue, () => this.#world.nowMicros()).seal(text);
  }

  /** In the legacy form the core gets what the worker sent, byte for byte. */
  async #apply(data: Buffer): Promise<boolean> {
    const { dial: duplex, clock } = this.#world;
    const client = new ClientConnection({
      ...{ clock, duplex },
      servers: [this.#server],
      failWhenUnreachable: true,
      submitTimeoutMs: APPLY_MS,
      closeTimeoutMs: CLOSE_MS,
    });
    try {
      await client.submitBackground({ function: this.#options.resultQueue, data });
      return true;
    } catch (error) {
      if (error instanceof ClientError) return false;
      throw error;
    } finally {
      await client.close();
    }
  }
}
