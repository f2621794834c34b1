import { spawn } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmdirSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isResourceShortage } from "@mod-gearman/base";

/** Pipes made by one mkfifo process, two descriptors each; the number doubles while the pool runs empty. */
const FIRST_BATCH = 8;
const MAX_BATCH = 64;
/** Number of pairs not attempted after a failure: the folder may be full or missing temporarily. */
const PAIRS_WITHOUT = 1000;

/** Both ends of one pipe. The read end does not block; the write end does, as programs expect. */
export interface PipeEnds {
  readonly readFd: number;
  readonly writeFd: number;
}

/**
 * Real pipes for the streams of plugins. Node's own `pipe` streams are sockets, which cannot be opened
 * through `/dev/stdout` and `/dev/stderr` (ENXIO), and Node has no `pipe(2)`. So FIFOs are made in batches,
 * opened and unlinked at once: their folder (mode 0700) exists only during a refill, and a killed worker leaves no
 * files behind.
 *
 * Source: worker.md 4.3 (a).
 */
export class PipePool {
  readonly #folder: string;
  readonly #onUnavailable: (reason: string) => void;
  readonly #ready: PipeEnds[] = [];
  #refilling: Promise<void> | undefined;
  #without = 0;
  #hasFailed = false;
  #closed = false;
  #batch = FIRST_BATCH / 2;

  /** `onUnavailable` is called if pipes cannot be made, and again after each recovery. */
  constructor(options: { folder?: string; onUnavailable: (reason: string) => void }) {
    this.#folder = options.folder ?? tmpdir();
    this.#onUnavailable = options.onUnavailable;
  }

  get idle(): number {
    return this.#ready.length;
  }

  /**
   * Two pipes, owned by the caller; undefined if none can be created, which is retried much later.
   *
   * @throws Error with `code` EMFILE, ENFILE, ENOMEM, EAGAIN in a shortage of the machine
   */
  async takePair(): Promise<readonly [PipeEnds, PipeEnds] | undefined> {
    for (;;) {
      const first = this.#ready.pop();
      const second = this.#ready.pop();
      if (first !== undefined && second !== undefined) {
        if (this.#ready.length < this.#batch / 4) this.#refillAhead();
        return [first, second];
      }
      if (first !== undefined) this.#ready.push(first);
      if (this.#closed) return undefined;
      if (this.#without > 0) {
        this.#without--;
        return undefined;
      }
      if (this.#refilling === undefined) this.#batch = Math.min(this.#batch * 2, MAX_BATCH); // used up
      await this.#refill();
    }
  }

  /** Closes the unused pipes. Later calls of `takePair` return undefined. */
  close(): void {
    this.#closed = true;
    for (const pipe of this.#ready.splice(0)) closePipe(pipe);
  }

  #refillAhead(): void {
    // once the pool is empty a caller that can handle the shortage gets the error
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
    let paths: string[] = [];
    try {
      folder = mkdtempSync(join(this.#folder, "mod_gearman-"));
      paths = Array.from({ length: this.#batch }, (_, index) => `${folder}/${index}`);
      await makeFifos(paths);
      for (const path of paths) {
        if (this.#closed) break;
        this.#ready.push(openFifo(path));
      }
      this.#hasFailed = false;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (this.#ready.length >= 2) return; // enough for the next one, a later call gets the error
      if (isResourceShortage(code)) throw error; // no process could be started either: the caller handles it
      this.#without = PAIRS_WITHOUT;
      if (!this.#hasFailed) this.#onUnavailable(message);
      this.#hasFailed = true;
    } finally {
      if (folder !== undefined) removeFolder(folder, paths);
    }
  }
}

/** Does not use rmSync(), which opens the folder and fails without free descriptors. */
function removeFolder(folder: string, paths: readonly string[]): void {
  for (const path of paths) attempt(() => unlinkSync(path)); // most are unlinked already
  attempt(() => rmdirSync(folder));
}

function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // a folder that cannot be removed stays; nothing depends on it
  }
}

function closePipe(pipe: PipeEnds): void {
  closeSync(pipe.readFd);
  closeSync(pipe.writeFd);
}

function openFifo(path: string): PipeEnds {
  const readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    // There is a reader now, so this does not block, and the plugin's end stays a blocking one.
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
