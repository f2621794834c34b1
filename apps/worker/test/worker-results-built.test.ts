import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { createEnvelope, type Envelope } from "@mod-gearman/crypto";
import { vectorsFolder, waitFor } from "@mod-gearman/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MiniJobServer } from "./mini-job-server.ts";
import { expected, fieldOrder, fieldsOf, newestCoreTime, type Row, vectors } from "./recorded-results.ts";
import { BUILT, WorkerProcess } from "./worker-process.ts";

const folder = mkdtempSync(`${tmpdir()}/mod-gearman-test-`);
const plugins = `${folder}/plugins`;
symlinkSync(`${vectorsFolder}plugins`, plugins);
afterAll(() => rmSync(folder, { recursive: true }));

const local = (text: string) => text.replaceAll("/srv/plugins", plugins);

/** The built program with the options of one group, between job servers that record everything. */
class Replay {
  readonly main = new MiniJobServer("A");
  readonly dup = new MiniJobServer("D");
  readonly #envelope: Envelope;
  readonly #options: Readonly<Record<string, string | null>>;
  readonly #cleanUp: (() => unknown)[] = [];
  /** What has passed between the newest job of the group and now, in µs. */
  readonly #laterMicros: bigint;

  constructor(group: string, rows: readonly Row[]) {
    this.#options = vectors.groups[group] ?? {};
    this.#envelope = createEnvelope(
      this.#options.encryption === "no"
        ? { mode: "off" }
        : { mode: "on", password: Buffer.from(this.#options.key ?? "") },
    );
    this.#laterMicros = BigInt(Math.round(Date.now() * 1000 - newestCoreTime(rows) * 1e6 - 1e6));
  }

  async start(): Promise<void> {
    const [main, dup] = await Promise.all([this.main.fake.listen(), this.dup.fake.listen()]);
    const given = Object.entries(this.#options).flatMap(([key, value]) =>
      value === null || key === "dupserver" ? [] : [`--${key}=${local(value)}`],
    );
    const toDup = "dupserver" in this.#options ? [`--dupserver=127.0.0.1:${dup.port}`] : [];
    const args = [`--server=127.0.0.1:${main.port}`, "--result_spool=off", ...given, ...toDup];
    const context = { onTestFinished: (done: () => unknown) => void this.#cleanUp.push(done) };
    const worker = new WorkerProcess(context as never, args, process.env, BUILT);
    void worker.ended.then((code) => {
      if (this.#cleanUp.length > 0 && code !== "SIGKILL")
        this.main.failed.push(`worker ended: ${worker.log}`);
    });
  }

  async end(): Promise<void> {
    for (const done of this.#cleanUp.splice(0)) await done();
    await Promise.all([this.main.fake.close(), this.dup.fake.close()]);
  }

  /** The row's job as if it had been made now. @returns its fields and those of the result */
  async run({ jobText, jobQueue, stream }: Row): Promise<{ job: Record<string, string>; text: string }> {
    const now = jobText
      .replace(/^((?:core_time|next_check|start_time)=)(\d+)\.(\d{6})$/gm, (_, key, seconds, micros) => {
        const moved = `${BigInt(seconds + micros) + this.#laterMicros}`;
        return `${key}${moved.slice(0, -6)}.${moved.slice(-6)}`;
      })
      .replace("timeout=3\n", "timeout=1\n");
    const from = stream === "duplicate" ? this.dup : this.main;
    const before = from.submitted.length;
    this.main.put(jobQueue, this.#envelope.seal(Buffer.from(local(now))));
    const sent = await waitFor("the result", () => {
      expect(this.main.failed).toEqual([]);
      return from.submitted[before];
    });
    expect(sent.function.toString()).toBe("check_results");
    const text = this.#envelope.open(sent.data).toString("latin1");
    return { job: Object.fromEntries(fieldsOf(now)), text };
  }

  isPassive(row: Row): boolean {
    return row.stream === "duplicate" && this.#options.dup_results_are_passive !== "no";
  }
}

describe.for(Object.keys(vectors.groups))("the built program, C worker results: %s", (group) => {
  const rows = vectors.results.filter((row) => row.group === group);
  const replay = new Replay(group, rows);
  beforeAll(() => replay.start());
  afterAll(() => replay.end());

  test.for(rows)("$case ($stream)", async (row) => {
    const { job, text } = await replay.run(row);
    expect(text.endsWith("\n\n\n")).toBe(true);
    expect(fieldsOf(text).map(([key]) => key)).toEqual(fieldOrder(job));
    const [returnCode, output] = expected(row);
    expect(Object.fromEntries(fieldsOf(text))).toMatchObject({
      type: replay.isPassive(row) ? "passive" : "active",
      host_name: job.host_name,
      ...("service_description" in job ? { service_description: job.service_description } : {}),
      core_start_time: job.core_time,
      exited_ok: "1",
      source: "Mod-Gearman Worker @ demo-worker",
      return_code: `${returnCode}`,
      output: output
        .replace("(vm) - ", `(${hostname()}) - `)
        .replace("/srv/plu...", `${plugins.slice(0, 8)}...`),
    });
  });
});
