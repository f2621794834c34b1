import type { JobHandler, JobWorker, RunningJob } from "@mod-gearman/client";
import type abraxas from "abraxas";
import { AbraxasJob, type AbraxasTask } from "./abraxas-job.ts";
import { AbraxasLink, type AbraxasOptions } from "./abraxas-link.ts";
import { unsupported } from "./unsupported.ts";

export interface AbraxasWorkerOptions extends AbraxasOptions {
  /** Not empty; ASCII, 1…63 bytes each. */
  readonly functions: readonly Buffer[];
  /** Maximum of running plus requested jobs, ≥ 1. */
  readonly maxInFlight: number;
  readonly onJob: JobHandler;
  /** ASCII, at most 63 bytes. */
  readonly clientId?: Buffer;
  /** Largest workload accepted; a larger one ends the connection. Default 256 MiB. */
  readonly maxBodyBytes?: number;
}

const MAX_BODY_BYTES = 256 * 1024 * 1024;
const MAX_NAME_BYTES = 63; // its parser gives up at 64 (job-server.md 8)

/**
 * `JobWorker` on npm abraxas 2.1.10. Functions and the client id are ASCII below 64 bytes; a function cannot be
 * withdrawn (its CANT_DO has no name) and unique keys that are not UTF-8 arrive damaged. `fail` sends an empty
 * WORK_WARNING before WORK_FAIL. `sendStatus` takes hundredths only.
 */
export class AbraxasWorker implements JobWorker {
  readonly #options: AbraxasWorkerOptions;
  readonly #link: AbraxasLink;
  readonly #jobs = new Set<AbraxasJob>();
  #functions: string[];

  /** @throws ClientError BAD_ARGUMENT, UNSUPPORTED */
  constructor(options: AbraxasWorkerOptions) {
    this.#options = options;
    this.#functions = options.functions.map((name) => asciiName(name));
    const clientId = options.clientId === undefined ? undefined : asciiName(options.clientId);
    this.#link = new AbraxasLink(options, options.maxInFlight, (client) => {
      if (clientId !== undefined) client.setClientId(clientId);
      for (const name of this.#functions) this.#register(client, name);
    });
    this.#link.on("disconnect", () => {
      for (const job of this.#jobs) job.markLost();
    });
  }

  get connected(): boolean {
    return this.#link.live !== undefined;
  }

  get held(): number {
    return this.#jobs.size;
  }

  setFunctions(functions: readonly Buffer[]): void {
    const names = functions.map((name) => asciiName(name));
    if (!this.#functions.every((name) => names.includes(name)))
      throw unsupported("withdrawing a function from a live connection");
    const added = names.filter((name) => !this.#functions.includes(name));
    this.#functions = names;
    for (const name of added) if (this.#link.live) this.#register(this.#link.live.client, name);
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  #register(client: abraxas.Client, name: string): void {
    client.registerWorkerStream(name, { encoding: "buffer" }, (task) => {
      this.#take(task, Buffer.from(name, "latin1"));
      return undefined;
    });
  }

  #take(task: AbraxasTask, name: Buffer): void {
    const max = this.#options.maxBodyBytes ?? MAX_BODY_BYTES;
    const parts: Buffer[] = [];
    let bytes = 0;
    task.on("error", () => this.#link.drop());
    task.on("data", (part: Buffer) => {
      bytes += part.length;
      if (bytes <= max) parts.push(part);
      else this.#link.drop();
    });
    task.once("end", () => {
      if (bytes > max) return;
      const job = new AbraxasJob(task, name, Buffer.concat(parts), () => this.#jobs.delete(job));
      this.#jobs.add(job);
      this.#give(job);
    });
  }

  #give(job: RunningJob): void {
    try {
      this.#options.onJob(job);
    } catch {
      job.fail();
    }
  }
}

/** The name as text, if abraxas returns it unchanged. @throws ClientError UNSUPPORTED */
function asciiName(name: Buffer): string {
  const text = name.toString("latin1");
  // names are keys of plain objects inside abraxas
  if (!/^[\x21-\x7e]+$/.test(text) || name.length > MAX_NAME_BYTES || text in {})
    throw unsupported(`the name ${JSON.stringify(text)}`);
  return text;
}
