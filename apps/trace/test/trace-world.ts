import type { TracedCheck } from "@mod-gearman/observe";
import { ManualClock } from "@mod-gearman/testkit";
import { program } from "../src/program.ts";
import type { World } from "../src/world.ts";

function missing(path: string): never {
  throw Object.assign(new Error(`no file ${path}`), { code: "ENOENT" });
}

/** A world with files and a bridge of the test; its clock runs as long as the program waits. */
export class TraceWorld implements World {
  argv: string[] = [];
  readonly version = "1.2.3";
  readonly runtime = "node 24";
  readonly clock = new ManualClock();
  siteFolder: string | undefined;
  readonly texts: Record<string, string> = {};
  readonly written: [path: string, line: string][] = [];
  readonly urls: string[] = [];
  out = "";
  err = "";
  /** Answer of the bridge. */
  checks: () => readonly TracedCheck[] = () => [];
  /** What it says of the job servers; undefined: it has no such page. */
  site: () => unknown = () => undefined;
  readonly files: World["files"] = {
    readFile: (path) => Buffer.from(this.read(path) ?? missing(path)),
    readDir: () => [],
    isDirectory: () => false,
  };

  read(path: string): string | undefined {
    return this.texts[path];
  }

  nowMicros(): bigint {
    return BigInt(this.clock.wallMs()) * 1000n;
  }

  fetch(url: string): Promise<string> {
    this.urls.push(url);
    if (!url.endsWith("/api/site")) return Promise.resolve(JSON.stringify({ checks: this.checks() }));
    const site = this.site();
    if (site === undefined) return Promise.reject(new Error("status 404"));
    return Promise.resolve(JSON.stringify(site));
  }

  writePipe(path: string, line: string): void {
    this.written.push([path, line]);
  }

  stdout(text: string): void {
    this.out += text;
  }

  stderr(text: string): void {
    this.err += text;
  }

  /** Runs the program to its end. */
  async run(...argv: string[]): Promise<number> {
    this.argv = argv;
    let code: number | undefined;
    const ended = program({
      ...this,
      clock: this.clock,
      nowMicros: () => this.nowMicros(),
      fetch: (url) => this.fetch(url),
      read: (path) => this.read(path),
      writePipe: (path, line) => this.writePipe(path, line),
      stdout: (text) => this.stdout(text),
      stderr: (text) => this.stderr(text),
    }).then((exitCode) => {
      code = exitCode;
    });
    while (code === undefined) await this.clock.advance(100);
    await ended;
    return code;
  }
}
