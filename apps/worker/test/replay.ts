import { createEnvelope, type Envelope } from "@mod-gearman/crypto";
import { waitFor } from "@mod-gearman/testkit";
import { expect } from "vitest";
import { MiniJobServer } from "./mini-job-server.ts";
import { fieldsOf, newestCoreTime, type Row, vectors } from "./recorded-results.ts";
import { BUILT, WorkerProcess } from "./worker-process.ts";

/** The built program with the options of one group, and job servers that record everything. */
export class Replay {
  readonly main = new MiniJobServer("A");
  readonly dup = new MiniJobServer("D");
  readonly #envelope: Envelope;
  readonly #options: Readonly<Record<string, string | null>>;
  readonly #plugins: string;
  readonly #cleanUp: (() => unknown)[] = [];
  worker: WorkerProcess | undefined;
  /** Environment of the worker. */
  env: NodeJS.ProcessEnv = process.env;
  /** Microseconds from the newest job of the group to now. */
  #laterMicros = 0n;
  readonly #rows: readonly Row[];

  /** @param plugins folder in place of the recorded one; its path must be at least as long */
  constructor(group: string, rows: readonly Row[], plugins: string) {
    this.#plugins = plugins;
    this.#options = vectors.groups[group] ?? {};
    this.#envelope = createEnvelope(
      this.#options.encryption === "no"
        ? { mode: "off" }
        : { mode: "on", password: Buffer.from(this.#options.key ?? "") },
    );
    this.#rows = rows;
  }

  async start(...more: string[]): Promise<void> {
    this.#laterMicros = BigInt(Math.round(Date.now() * 1000 - newestCoreTime(this.#rows) * 1e6 - 1e6));
    const [main, dup] = await Promise.all([this.main.fake.listen(), this.dup.fake.listen()]);
    const given = Object.entries(this.#options).flatMap(([key, value]) =>
      value === null || key === "dupserver" ? [] : [`--${key}=${this.#local(value)}`],
    );
    const toDup = "dupserver" in this.#options ? [`--dupserver=127.0.0.1:${dup.port}`] : [];
    const args = [`--server=127.0.0.1:${main.port}`, "--result_spool=off", ...given, ...toDup, ...more];
    const context = { onTestFinished: (done: () => unknown) => void this.#cleanUp.push(done) };
    const worker = new WorkerProcess(context as never, args, this.env, BUILT);
    this.worker = worker;
    void worker.ended.then((code) => {
      if (this.#cleanUp.length > 0 && code !== "SIGKILL")
        this.main.failed.push(`worker ended: ${worker.log}`);
    });
  }

  async end(): Promise<void> {
    for (const done of this.#cleanUp.splice(0)) await done();
    await Promise.all([this.main.fake.close(), this.dup.fake.close()]);
  }

  /** The row's job with current times. @returns its fields and those of the result */
  async run({ jobText, jobQueue, stream }: Row): Promise<{ job: Record<string, string>; text: string }> {
    const now = jobText
      .replace(/^((?:core_time|next_check|start_time)=)(\d+)\.(\d{6})$/gm, (_, key, seconds, micros) => {
        const moved = `${BigInt(seconds + micros) + this.#laterMicros}`;
        return `${key}${moved.slice(0, -6)}.${moved.slice(-6)}`;
      })
      .replace("timeout=3\n", "timeout=1\n");
    // wait for both copies, or the next job would get the late one
    const streams = "dupserver" in this.#options ? [this.main, this.dup] : [this.main];
    const before = streams.map(({ submitted }) => submitted.length);
    this.main.put(jobQueue, this.#envelope.seal(Buffer.from(this.#local(now))));
    const all = await waitFor("the result", () => {
      expect(this.main.failed).toEqual([]);
      const packets = streams.flatMap(({ submitted }, at) =>
        submitted.slice(before[at], (before[at] ?? 0) + 1),
      );
      return packets.length === streams.length && packets;
    });
    const sent = all.at(stream === "duplicate" ? -1 : 0);
    if (sent === undefined) throw new Error("no result");
    expect(sent.function.toString()).toBe("check_results");
    const text = this.#envelope.open(sent.data).toString("latin1");
    return { job: Object.fromEntries(fieldsOf(now)), text };
  }

  /** As `run`, for a row without a result. Resolves when the job is answered. */
  async runWithoutResult({ jobText, jobQueue }: Row): Promise<void> {
    const before = [this.main.submitted.length, this.main.completed.length] as const;
    const text = jobText.replace(/^(?:core_time|next_check|start_time)=.*\n/gm, "");
    this.main.put(jobQueue, this.#envelope.seal(Buffer.from(this.#local(text))));
    await waitFor("the answer", () => this.main.completed.length > before[1]);
    expect(this.main.submitted).toHaveLength(before[0]);
  }

  #local(text: string): string {
    return text.replaceAll("/srv/plugins", this.#plugins);
  }

  isPassive(row: Row): boolean {
    return row.stream === "duplicate" && this.#options.dup_results_are_passive !== "no";
  }
}
