import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { TestkitError } from "./errors.ts";
import { freePort } from "./free-port.ts";
import { requireSlowTag } from "./slow-tag.ts";
import type { SkippableTestContext } from "./test-context.ts";
import { waitFor } from "./wait-for.ts";

const SYSTEM_FOLDERS = ["/usr/sbin", "/usr/local/sbin"];
const PORT_ATTEMPTS = 5;
const KEPT_LOG_CHARACTERS = 16_384;

export type GearmandSearch = { readonly path: string } | { readonly reason: string };

/**
 * Searches the original `gearmand` on PATH and in the system folders. Our own program of the same name, which a package
 * manager adds to PATH, is ignored.
 */
export function findGearmand(path: string = process.env.PATH ?? ""): GearmandSearch {
  const own = path.split(delimiter).filter((folder) => folder !== "" && !folder.includes("node_modules"));
  const folders = [...own, ...SYSTEM_FOLDERS];
  for (const folder of folders) {
    const file = join(folder, "gearmand");
    try {
      accessSync(file, constants.X_OK);
      return { path: file };
    } catch {
      // not in this folder
    }
  }
  return { reason: "no gearmand on PATH or in the system folders (Debian: package gearman-job-server)" };
}

/** A real gearmand on 127.0.0.1. */
export class RunningGearmand {
  readonly port: number;
  readonly #path: string;
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;
  #log = "";

  private constructor(path: string, port: number, args: readonly string[]) {
    this.#path = path;
    this.port = port;
    this.#args = args;
  }

  /** Starts one on a free port, with additional `args`. @throws TestkitError GEARMAND_FAILED */
  static async start(path: string, args: readonly string[] = []): Promise<RunningGearmand> {
    for (let attempt = 1; ; attempt++) {
      const server = new RunningGearmand(path, await freePort(), args);
      try {
        await server.start();
        return server;
      } catch (error) {
        if (attempt === PORT_ATTEMPTS) throw error; // otherwise another process took the port
      }
    }
  }

  /** Undefined if it is not running. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** The end of its log, for the text of a failing test. */
  get log(): string {
    return this.#log;
  }

  /** Restarts on the same port after `stop` or `kill`. @throws TestkitError GEARMAND_FAILED */
  async start(): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), "mod-gearman-gearmand-")); // it requires a pid file
    const own = [
      "-p",
      String(this.port),
      "-L",
      "127.0.0.1",
      "-l",
      "stderr",
      "--verbose=INFO",
      "--config-file=/dev/null",
    ];
    const child = spawn(this.#path, [...own, `--pid-file=${join(folder, "pid")}`, ...this.#args], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#child = child;
    this.#log = "";
    const killWithUs = () => child.kill("SIGKILL");
    process.once("exit", killWithUs);
    child.once("close", () => {
      process.off("exit", killWithUs);
      rmSync(folder, { recursive: true, force: true });
    });
    await new Promise<void>((resolve, reject) => {
      child.stderr?.setEncoding("utf8").on("data", (text: string) => {
        this.#log = (this.#log + text).slice(-KEPT_LOG_CHARACTERS);
        if (this.#log.includes("Listening on")) resolve();
      });
      child.once("error", reject);
      child.once("close", (code, signal) => {
        if (this.#child === child) this.#child = undefined;
        reject(new TestkitError("GEARMAND_FAILED", `ended with ${code ?? signal}: ${this.#log}`));
      });
    });
  }

  /** Ends it gracefully (SIGTERM) and waits for its end. */
  async stop(): Promise<void> {
    await this.#end("SIGTERM");
  }

  /** Ends it immediately (SIGKILL), like a crash, and waits for its end. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Stops or continues the process: peers see a server that accepts and never answers. Resolves when it is stopped. */
  async freeze(frozen: boolean): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    child.kill(frozen ? "SIGSTOP" : "SIGCONT");
    if (frozen)
      await waitFor("a frozen gearmand", () => threadStates(child.pid).every((state) => state === "T"));
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const closed = once(child, "close");
    child.kill(signal);
    child.kill("SIGCONT");
    await closed;
  }
}

/** One letter per thread; T: stopped by a signal, which takes effect on one thread after the other. Source: proc(5). */
function threadStates(pid: number | undefined): (string | undefined)[] {
  const folder = `/proc/${pid}/task`;
  return readdirSync(folder).map((id) => {
    try {
      return /^\d+ \(.*\) (\w)/.exec(readFileSync(`${folder}/${id}/stat`, "utf8"))?.[1];
    } catch {
      return undefined; // the thread has ended in the meantime; the next reading does not list it
    }
  });
}

/**
 * A real gearmand for one test, ended with it. If it is not installed, the test is skipped with the reason; in CI
 * (environment variable `CI` set) it fails.
 *
 * @throws TestkitError NOT_TAGGED, NO_GEARMAND in CI, GEARMAND_FAILED
 */
export async function startGearmand(
  context: SkippableTestContext,
  options: { args?: readonly string[]; search?: GearmandSearch } = {},
): Promise<RunningGearmand> {
  requireSlowTag(context, "a real gearmand");
  const search = options.search ?? findGearmand();
  if ("reason" in search) {
    if (process.env.CI) throw new TestkitError("NO_GEARMAND", search.reason);
    return context.skip(search.reason);
  }
  const server = await RunningGearmand.start(search.path, options.args);
  context.onTestFinished(() => server.kill());
  return server;
}
