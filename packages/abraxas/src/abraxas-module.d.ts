/** The part of abraxas 2.1.10 that the adapter uses, read from its source; the package has no types. */
declare module "abraxas" {
  import type { EventEmitter } from "node:events";
  import type { Socket } from "node:net";

  namespace abraxas {
    /** One connection of a client, with the functions that report on jobs. */
    interface Connection extends EventEmitter {
      readonly feature: { exceptions: boolean };
      workData(jobId: string, data: Buffer): void;
      workWarning(jobId: string, text: Buffer): void;
    }

    interface WorkerTask extends EventEmitter {
      readonly jobid: string;
      readonly uniqueid: string;
      readonly socket: Connection;
      end(data: Buffer): void;
      /** Fraction of 1; sent as hundredths. */
      status(fraction: number): void;
      /** WORK_EXCEPTION and WORK_FAIL, or without the feature `exceptions` WORK_WARNING and WORK_FAIL. */
      error(text: Buffer): void;
    }

    interface ClientTask extends EventEmitter {
      readonly jobid: string | undefined;
    }

    interface SubmitOptions {
      encoding: "buffer";
      priority?: "high" | "low";
      uniqueid?: Buffer;
    }

    interface QueueLine {
      inqueue: number;
      running: number;
      workers: number;
    }

    type Done<T> = (error: Error | null, value?: T) => void;

    interface Client extends EventEmitter {
      submitJob(name: Buffer, options: SubmitOptions, data: Buffer): ClientTask;
      submitJobBg(name: Buffer, options: SubmitOptions, data: Buffer, done: Done<unknown>): ClientTask;
      getStatus(jobId: string, options: object, done: Done<{ known: number; running: number }>): void;
      status(options: object, done: Done<Record<string, QueueLine>>): unknown;
      registerWorkerStream(
        name: string,
        options: { encoding: "buffer" },
        handler: (task: WorkerTask) => undefined,
      ): unknown;
      setClientId(id: string): void;
      disconnect(): void;
    }

    interface ConnectOptions {
      servers: ((connected: () => void) => Socket)[];
      defaultEncoding: "buffer";
      maxJobs?: number;
    }

    const Client: { connect(options: ConnectOptions): Client };
  }

  export default abraxas;
}
