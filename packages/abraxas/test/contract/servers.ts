import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findGearmand, RunningGearmand, requireSlowTag, startGearmand } from "@mod-gearman/testkit";
import type { TestContext } from "vitest";

/** Job servers for which the contract is tested. */
export type ServerKind = "gearmand" | "our job server";

const program = fileURLToPath(new URL("../../../../apps/gearmand/src/main.ts", import.meta.url));

/** A server shared by the tests of one file; started on first use. */
export class SharedServer {
  readonly #kind: ServerKind;
  #running: Promise<RunningGearmand> | undefined;
  #folder: string | undefined;

  constructor(kind: ServerKind) {
    this.#kind = kind;
  }

  /** The address; the test is skipped, or fails in CI, if the server is not installed. */
  async address(context: TestContext): Promise<{ host: string; port: number }> {
    return addressOf(await this.server(context));
  }

  /** The process. */
  server(context: TestContext): Promise<RunningGearmand> {
    this.#running ??= this.#start(context);
    return this.#running;
  }

  async stop(): Promise<void> {
    await (await this.#running)?.kill();
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true });
  }

  async #start(context: TestContext): Promise<RunningGearmand> {
    requireSlowTag(context, "a job server as a process");
    if (this.#kind === "our job server") return RunningGearmand.start(this.#ownProgram());
    const search = findGearmand();
    return "path" in search ? RunningGearmand.start(search.path) : startGearmand(context);
  }

  /** Our program from source, as one executable file. */
  #ownProgram(): string {
    this.#folder = mkdtempSync(join(tmpdir(), "mod-gearman-contract-"));
    const file = join(this.#folder, "gearmand");
    writeFileSync(file, `#!/bin/sh\nexec '${process.execPath}' --conditions=source '${program}' "$@"\n`);
    chmodSync(file, 0o755);
    return file;
  }
}

/** Where a started server listens. */
export function addressOf(server: RunningGearmand): { host: string; port: number } {
  return { host: "127.0.0.1", port: server.port };
}
