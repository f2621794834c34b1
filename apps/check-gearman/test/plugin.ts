import { dialTcp } from "@mod-gearman/client";
import type { LoadDeps } from "@mod-gearman/config";
import { type FakeJobServer, ManualClock } from "@mod-gearman/testkit";
import { program } from "../src/program.ts";

const files: LoadDeps = {
  readFile: (path) => {
    throw Object.assign(new Error(`no ${path}`), { code: "ENOENT" });
  },
  readDir: () => [],
  isDirectory: () => false,
};

/** The plugin in this process, with job servers `a:1`, `b:1` … in memory and a manual clock. */
export class Plugin {
  readonly clock = new ManualClock();
  readonly servers = new Map<string, FakeJobServer>();
  nowSeconds = 1_700_000_000;
  stdout = "";
  stderr = "";

  /** Resolves when it has ended. */
  run(...argv: string[]): Promise<number> {
    this.stdout = "";
    this.stderr = "";
    return program({
      argv,
      files,
      version: "1.2.3",
      runtime: "node v24",
      clock: this.clock,
      dial: (address, signal) => {
        const server = this.servers.get(address.host);
        return server === undefined
          ? dialTcp()({ host: "127.0.0.1", port: 1 }, signal)
          : server.connect(address);
      },
      nowMicros: () => BigInt(this.nowSeconds) * 1_000_000n,
      random: () => "0123456789abcdef",
      hostName: "testhost",
      stdout: (text) => {
        this.stdout += text;
      },
      stderr: (text) => {
        this.stderr += text;
      },
    });
  }
}
