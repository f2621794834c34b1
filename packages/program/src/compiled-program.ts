import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Script } from "node:vm";
import { omitUndefined } from "@mod-gearman/base";
import { type CacheHost, cacheFolderOf } from "./compile-cache.ts";

/** The part of the process that is needed. */
export interface ProgramHost extends CacheHost {
  readonly pid: number;
  readonly version: string;
  on(event: "exit", listener: () => void): unknown;
}

/** What compiled code is kept for: only files with their own hash as last line. */
const HASH_LINE = /\n\/\/ [0-9a-f]{64}\n$/;
const HASH_LINE_LENGTH = 69;
const LF = 0x0a;
const MAX_NAME_BYTES = 255;
/** The first runs add what they have compiled; no later one does, since that takes some milliseconds. */
const RUNS_THAT_ADD = 5;
const WRAPPER = ["(function (exports, require, module, __filename, __dirname) {", "\n})"] as const;

interface Module {
  exports: unknown;
}

/**
 * Runs a CommonJS file. Its compiled code is kept for the next start, that of files beside it that it requires too, if there
 * is a safe folder, see `cacheFolder`. Node's own compile cache keeps only the functions that are compiled together with
 * the file, so that all others are compiled in every run: a fifth of the instructions of a sender.
 *
 * @param path absolute
 */
export function runCompiled(path: string, host: ProgramHost): void {
  const folder = cacheFolderOf(host);
  if (folder === undefined) createRequire(path)(path);
  else new CompiledFiles(folder, host).load(path);
}

class CompiledFiles {
  readonly #folder: string;
  readonly #host: ProgramHost;
  readonly #modules = new Map<string, Module>();

  constructor(folder: string, host: ProgramHost) {
    this.#folder = folder;
    this.#host = host;
  }

  /** @returns what the file exports */
  load(path: string): unknown {
    const known = this.#modules.get(path);
    if (known !== undefined) return known.exports;
    const module: Module = { exports: {} };
    this.#modules.set(path, module);
    const folder = dirname(path);
    const requireOthers = createRequire(path);
    const require = (name: string): unknown =>
      name.startsWith("./") ? this.load(join(folder, name)) : requireOthers(name);
    this.#compile(path).call(module.exports, module.exports, require, module, path, folder);
    return module.exports;
  }

  #compile(path: string): (...args: unknown[]) => void {
    const source = readFileSync(path, "utf8");
    const kept = keptFor(path, source, join(this.#folder, this.#nameFor(path)));
    const script = new Script(WRAPPER.join(source), {
      filename: path,
      columnOffset: -WRAPPER[0].length,
      ...omitUndefined({ cachedData: kept?.data }),
    });
    if (kept !== undefined) {
      const runs = script.cachedDataRejected === true ? 0 : kept.runs;
      if (runs < RUNS_THAT_ADD) this.#host.on("exit", () => this.#keep({ ...kept, runs: runs + 1 }, script));
    }
    return script.runInThisContext();
  }

  #nameFor(path: string): string {
    return `${this.#host.version}${path.replaceAll("/", "+")}`;
  }

  /** With fsync: the code is run as it is found, so after a power failure there must be all of it or nothing. */
  #keep({ file, stamp, runs }: Kept, script: Script): void {
    const temporary = `${file}.${this.#host.pid}`;
    try {
      const content = Buffer.concat([Buffer.from(`${runs} ${stamp}\n`), script.createCachedData()]);
      writeFileSync(temporary, content, { flag: "wx", mode: 0o600, flush: true });
      renameSync(temporary, file);
    } catch {
      rmSync(temporary, { force: true });
    }
  }
}

interface Kept {
  readonly file: string;
  /** Which content of which file it is the code of. */
  readonly stamp: string;
  /** How many have added to it. */
  readonly runs: number;
  readonly data?: Buffer;
}

/** @returns undefined if the code of this file is not kept */
function keptFor(path: string, source: string, file: string): Kept | undefined {
  const hash = source.slice(-HASH_LINE_LENGTH);
  if (!HASH_LINE.test(hash) || Buffer.byteLength(file.slice(dirname(file).length + 1)) > MAX_NAME_BYTES)
    return undefined;
  const { size, mtimeMs } = statSync(path);
  const stamp = `${path} ${size} ${mtimeMs} ${hash.trim()}`;
  const nothing: Kept = { file, stamp, runs: 0 };
  try {
    const content = readFileSync(file);
    const end = content.indexOf(LF);
    const [, runs, of] = /^(\d) (.*)$/.exec(content.toString("utf8", 0, end)) ?? [];
    return of === stamp ? { ...nothing, runs: Number(runs), data: content.subarray(end + 1) } : nothing;
  } catch {
    return nothing;
  }
}
