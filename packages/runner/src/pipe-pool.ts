import { spawn } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const BATCH = 32; // pipes made by one mkfifo process, two descriptors each
const LOW_WATER = 8;
/** These say that the machine is short of something now; everything else that nothing here will ever work. */
const TRANSIENT = new Set(["EMFILE", "ENFILE", "ENOMEM", "EAGAIN", "ENOSPC"]);

/** Both ends of one pipe. The read end does not block; the write end does, as programs expect. */
export interface PipeEnds {
  readonly readFd: number;
  readonly writeFd: number;
}

/**
 * Real pipes for the streams of plugins. Node's own `pipe` streams are sockets, which cannot be opened
 * through `/dev/stdout` and `/dev/stderr` (ENXIO), and Node has no `pipe(2)`. So FIFOs are made in batches,
 * opened and unlinked at once: their folder (mode 0700) exists only for the moments of a refill, and a
 * worker that is killed leaves nothing behind.
 *
 * Source: worker specification 4.3 (a).
 */
export class PipePool {
  readonly #folder: string;
  readonly #onUnavailable: (reason: string) => void;
  readonly #ready: PipeEnds[] = [];
  #refilling: Promise<void> | undefined;
  #unavailable = false;
  #closed = false;

  /** `onUnavailable` is called at most once, when no pipe can be made on this machine. */
  constructor(options: { folder?: string; onUnavailable: (reason: string) => void }) {
    this.#folder = options.folder ?? tmpdir();
    this.#onUnavailable = options.onUnavailable;
  }

  /** Pipes that are open and unused. */
  get idle(): number {
    return this.#ready.length;
  }

  /**
   * Two pipes, owned by the caller, or undefined when the machine cannot make any.
   * @throws Error with `code` EMFILE, ENFILE, ENOMEM, EAGAIN, ENOSPC when the machine is short of something.
   */
  async takePair(): Promise<readonly [PipeEnds, PipeEnds] | undefined> {
    for (;;) {
      const first = this.#ready.pop();
      const second = this.#ready.pop();
      if (first !== undefined && second !== undefined) {
        if (this.#ready.length < LOW_WATER) this.#refillAhead();
        return [first, second];
      }
      if (first !== undefined) this.#ready.push(first);
      if (this.#unavailable || this.#closed) return undefined;
      await this.#refill();
    }
  }

  /** Closes the unused pipes. A later `takePair` gives undefined. */
  close(): void {
    this.#closed = true;
    for (const pipe of this.#ready.splice(0)) closePipe(pipe);
  }

  #refillAhead(): void {
    // A shortage shows again, to a caller who can handle it, once the pool is empty.
    this.#refill().catch(() => undefined);
  }

  #refill(): Promise<void> {
    this.#refilling ??= this.#makeBatch().finally(() => {
      this.#refilling = undefined;
    });
    return this.#refilling;
  }

  async #makeBatch(): Promise<void> {
    let folder: string | undefined;
    try {
      folder = mkdtempSync(join(this.#folder, "mod_gearman-"));
      const paths = Array.from({ length: BATCH }, (_, index) => join(folder as string, String(index)));
      await makeFifos(paths);
      for (const path of paths) {
        if (this.#closed) break;
        this.#ready.push(openFifo(path));
      }
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== undefined && TRANSIENT.has(code)) throw error;
      this.#unavailable = true;
      this.#onUnavailable(message);
    } finally {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    }
  }
}

/** Closes both ends. */
export function closePipe(pipe: PipeEnds): void {
  closeSync(pipe.readFd);
  closeSync(pipe.writeFd);
}

function openFifo(path: string): PipeEnds {
  const readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    // There is a reader now, so this does not block, and the end handed to the plugin stays a blocking one.
    const writeFd = openSync(path, constants.O_WRONLY);
    unlinkSync(path);
    return { readFd, writeFd };
  } catch (error) {
    closeSync(readFd);
    throw error;
  }
}

function makeFifos(paths: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn("mkfifo", ["-m", "600", "--", ...paths], { stdio: "ignore" });
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`mkfifo ended with ${signal ?? code}`));
    });
  });
}
