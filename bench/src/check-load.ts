import { parseCheckResult, printJob } from "@mod-gearman/payload";
import { encodePacket, PacketType } from "@mod-gearman/protocol";

import { benchEnvelope, checkJob, queues, uniqueOf } from "./check-jobs.ts";
import { Wire } from "./wire.ts";

const GRABS = 16;
/** One in this many results is opened and checked. */
const SAMPLE_EVERY = 100;
const STALL_MS = 5000;
const grab = encodePacket("REQ", { name: "GRAB_JOB" });
const preSleep = encodePacket("REQ", { name: "PRE_SLEEP" });

/**
 * Submits checks to a worker and takes the results, with as little work as possible: all jobs are sent in one
 * write, results are counted and one in a hundred is opened.
 */
export class CheckLoad {
  readonly #feeder: Wire;
  readonly #results: Wire;
  readonly #envelope = benchEnvelope();
  readonly #command: string;
  readonly #returnCode: number;
  #left = 0;
  #outstanding = 0;
  #done = Promise.withResolvers<void>();

  private constructor(feeder: Wire, results: Wire, command: string, returnCode: number) {
    this.#feeder = feeder;
    this.#results = results;
    this.#command = command;
    this.#returnCode = returnCode;
    feeder.onPacket = (type) => this.#submitted(type);
    results.onPacket = (type, body) => this.#take(type, body);
  }

  /** Checks run `command` and must have the result `returnCode`. */
  static async connect(port: number, command: string, returnCode: number): Promise<CheckLoad> {
    const [feeder, results] = [await Wire.connect(port), await Wire.connect(port)];
    const load = new CheckLoad(feeder, results, command, returnCode);
    results.write(encodePacket("REQ", { name: "CAN_DO", function: queues.results }));
    results.write(load.#grabs());
    return load;
  }

  /** Packets of `count` checks for a queue, created before the clock starts. */
  prepare(queue: Buffer, count: number): Buffer {
    const packets = Array.from({ length: count }, (_, index) => {
      const job = checkJob(index, this.#command);
      const data = this.#envelope.seal(printJob(job));
      return encodePacket("REQ", { name: "SUBMIT_JOB_BG", function: queue, unique: uniqueOf(job), data });
    });
    return Buffer.concat(packets);
  }

  /** @returns seconds from the first job to the last result @throws Error if no result arrives for a while */
  async run(packets: Buffer, count: number): Promise<number> {
    this.#left = count;
    const done = Promise.withResolvers<void>();
    this.#done = done;
    const startedAt = performance.now();
    this.#feeder.write(packets);
    const stall = { left: count };
    const watch = setInterval(() => {
      if (stall.left === this.#left) done.reject(new Error(`no results any more, ${stall.left} are missing`));
      stall.left = this.#left;
    }, STALL_MS);
    await done.promise.finally(() => clearInterval(watch));
    return (performance.now() - startedAt) / 1000;
  }

  close(): void {
    this.#feeder.close();
    this.#results.close();
  }

  #grabs(): Buffer {
    this.#outstanding = GRABS;
    return Buffer.concat(new Array<Buffer>(GRABS).fill(grab));
  }

  #submitted(type: number): undefined {
    if (type !== PacketType.JOB_CREATED) this.#done.reject(new Error(`a submit was answered with ${type}`));
    return undefined;
  }

  #take(type: number, body: Buffer): Buffer | undefined {
    if (type === PacketType.NOOP) return this.#outstanding > 0 ? undefined : this.#grabs();
    if (type === PacketType.NO_JOB) {
      this.#outstanding -= 1;
      return this.#outstanding === 0 ? preSleep : undefined;
    }
    if (type !== PacketType.JOB_ASSIGN) return undefined;
    const handleEnd = body.indexOf(0);
    if (this.#left % SAMPLE_EVERY === 0) this.#look(body.subarray(body.indexOf(0, handleEnd + 1) + 1));
    this.#left -= 1;
    if (this.#left === 0) this.#done.resolve();
    const handle = body.subarray(0, handleEnd);
    return Buffer.concat([encodePacket("REQ", { name: "WORK_COMPLETE", handle, data: NOTHING }), grab]);
  }

  #look(data: Buffer): void {
    const { returnCode, output } = parseCheckResult(this.#envelope.open(data));
    if (returnCode !== this.#returnCode) this.#done.reject(new Error(`got ${returnCode}: ${output}`));
  }
}

const NOTHING = Buffer.alloc(0);
