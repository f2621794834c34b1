import { JobPeer, waitFor } from "@mod-gearman/testkit";
import { onTestFinished } from "vitest";

/** One service check as submitted by the broker module; base64 only, for workers with `--encryption=no`. */
export interface CheckJob {
  /** Service description, by which results are counted. */
  readonly name: string;
  readonly command: string;
  /** Default 30. */
  readonly timeoutSeconds?: number;
}

/** What a result job says about one run. */
export interface CheckResult {
  readonly name: string;
  readonly returnCode: number;
  /** As on the wire: line feeds are the two characters `\n`. */
  readonly output: string;
}

const RESULT_QUEUE = "check_results";
const MICROS = 1000;

/**
 * Submits service checks to a job server and collects every result, duplicates too. A result that a worker
 * sent again, because it could not know whether the first one had arrived, has the same unique key and counts
 * once: the bridge recognises it (docs/bridge-protocol.md, result id).
 */
export class CheckRuns {
  readonly results: CheckResult[] = [];
  readonly #feeder: JobPeer;
  readonly #uniques = new Set<string>();

  private constructor(feeder: JobPeer) {
    this.#feeder = feeder;
  }

  /** Connected until the end of the test. */
  static async start(port: number): Promise<CheckRuns> {
    const [feeder, collector] = [await JobPeer.connect(port), await JobPeer.connect(port)];
    onTestFinished(async () => {
      await feeder.close();
      await collector.close();
    });
    const runs = new CheckRuns(feeder);
    collector.take([RESULT_QUEUE], (workload, _, unique) => runs.#add(unique, parse(workload)));
    return runs;
  }

  #add(unique: string, result: CheckResult): void {
    if (!this.#uniques.has(unique)) this.results.push(result);
    this.#uniques.add(unique);
  }

  /** Resolves when the job server has accepted all jobs. */
  async submit(jobs: readonly CheckJob[]): Promise<void> {
    await Promise.all(jobs.map((job) => this.#feeder.submit("service", workload(job), job.name)));
  }

  /** Resolves when each name has a result. */
  async all(names: readonly string[], limitMs = 90_000): Promise<void> {
    await waitFor(
      `a result of each of ${names.length} checks`,
      () => this.missing(names).length === 0,
      limitMs,
    );
  }

  /** Names without a result. */
  missing(names: readonly string[]): string[] {
    const seen = new Set(this.results.map(({ name }) => name));
    return names.filter((name) => !seen.has(name));
  }

  /** Names with more than one result. */
  doubled(): string[] {
    const seen = new Set<string>();
    return this.results.map(({ name }) => name).filter((name) => seen.has(name) || !seen.add(name));
  }

  /** The first result of a check. */
  of(name: string): CheckResult | undefined {
    return this.results.find((result) => result.name === name);
  }
}

function workload({ name, command, timeoutSeconds = 30 }: CheckJob): Buffer {
  const lines = [
    "type=service",
    `result_queue=${RESULT_QUEUE}`,
    "target_queue=service",
    "host_name=storm",
    `service_description=${name}`,
    `core_time=${(Date.now() / MICROS).toFixed(6)}`,
    `timeout=${timeoutSeconds}`,
    `command_line=${command}`,
  ];
  return Buffer.from(Buffer.from(`${lines.join("\n")}\n\n\n`).toString("base64"));
}

function parse(workload: Buffer): CheckResult {
  const text = Buffer.from(workload.toString("latin1"), "base64").toString("latin1");
  const values = new Map(
    text.split("\n").map((line): [string, string] => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
  return {
    name: values.get("service_description") ?? "",
    returnCode: Number(values.get("return_code")),
    output: values.get("output") ?? "",
  };
}
