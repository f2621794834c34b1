import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  mkdirSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { delimiter, join } from "node:path";
import { TestkitError } from "./errors.ts";
import { freePort } from "./free-port.ts";
import { requireSlowTag } from "./slow-tag.ts";
import type { SkippableTestContext } from "./test-context.ts";
import { tmpFolder } from "./tmp-folder.ts";
import { waitFor } from "./wait-for.ts";

export type StoreServerKind = "postgres" | "mysql" | "redis" | "libmemcached";

/** How one kind of server is set up and started in a folder of its own. */
interface Recipe {
  readonly program: string;
  readonly debianPackage: string;
  /** Its log when it serves; without it, it serves as soon as it listens. */
  readonly ready?: string;
  /** Creates what the server needs, once. */
  prepare?(folder: string, run: Run): void;
  args(folder: string, port: number): string[];
  /** Options of gearmand that lead to it. */
  options(folder: string, port: number): string[];
}

/** Runs a program to its end as the user of the server. */
type Run = (program: string, ...args: string[]) => void;

const POSTGRES_FOLDER = "/usr/lib/postgresql";
const SYSTEM_FOLDERS = ["/usr/sbin", "/usr/local/sbin", "/usr/bin"];
/** Servers refuse to run as root. */
const NOBODY = 65_534;
const KEPT_LOG_CHARACTERS = 16_384;

const RECIPES: Readonly<Record<StoreServerKind, Recipe>> = {
  postgres: {
    program: "postgres",
    debianPackage: "postgresql",
    ready: "ready to accept connections",
    prepare: (folder, run) =>
      run("initdb", "-D", `${folder}/data`, "-A", "trust", "-U", "gearman", "-E", "UTF8", "--locale=C.UTF-8"),
    args: (folder, port) => [
      ...["-D", `${folder}/data`, "-p", `${port}`, "-k", folder, "-c", "listen_addresses=127.0.0.1"],
    ],
    options: (_folder, port) => [`--libpq-conninfo=host=127.0.0.1 port=${port} user=gearman dbname=postgres`],
  },
  mysql: {
    program: "mariadbd",
    debianPackage: "mariadb-server",
    ready: "ready for connections",
    prepare: (folder, run) => {
      run("mariadb-install-db", "--no-defaults", `--datadir=${folder}/data`, "--skip-test-db");
      writeFileSync(`${folder}/init.sql`, "CREATE DATABASE IF NOT EXISTS gearman;\n");
    },
    args: (folder, port) => [
      ...["--no-defaults", `--datadir=${folder}/data`, `--socket=${folder}/sock`, `--port=${port}`],
      ...["--bind-address=127.0.0.1", "--skip-grant-tables", `--init-file=${folder}/init.sql`],
      ...["--innodb-buffer-pool-size=16M", `--pid-file=${folder}/pid`],
    ],
    options: (_folder, port) => [
      ...["--mysql-host=127.0.0.1", `--mysql-port=${port}`, "--mysql-user=gearman", "--mysql-db=gearman"],
    ],
  },
  redis: {
    program: "redis-server",
    debianPackage: "redis-server",
    ready: "Ready to accept connections",
    args: (folder, port) => [
      ...["--port", `${port}`, "--bind", "127.0.0.1", "--dir", `${folder}/data`],
      ...["--appendonly", "yes", "--appendfsync", "always", "--save", ""],
    ],
    options: (_folder, port) => ["--redis-server=127.0.0.1", `--redis-port=${port}`],
  },
  libmemcached: {
    program: "memcached",
    debianPackage: "memcached",
    args: (_folder, port) => ["-p", `${port}`, "-l", "127.0.0.1", "-u", "nobody"],
    options: (_folder, port) => [`--libmemcached-servers=127.0.0.1:${port}`],
  },
};

/** Why a server of this kind cannot be started here; undefined if it can. */
export function whyNoStoreServer(kind: StoreServerKind): string | undefined {
  const { program, debianPackage } = RECIPES[kind];
  return findProgram(program) === undefined
    ? `not installed: ${program} (Debian: ${debianPackage})`
    : undefined;
}

/** A real database server on 127.0.0.1, in a folder of its own. */
export class StoreServer {
  readonly kind: StoreServerKind;
  readonly port: number;
  readonly #folder: string;
  #child: ChildProcess | undefined;
  #log = "";

  private constructor(kind: StoreServerKind, folder: string, port: number) {
    this.kind = kind;
    this.#folder = folder;
    this.port = port;
  }

  /** @param folder empty; the caller removes it. @throws TestkitError NO_STORE_SERVER */
  static async start(kind: StoreServerKind, folder: string): Promise<StoreServer> {
    const reason = whyNoStoreServer(kind);
    if (reason !== undefined) throw new TestkitError("NO_STORE_SERVER", reason);
    mkdirSync(join(folder, "data"));
    for (const path of [folder, join(folder, "data")]) ownBy(path);
    const server = new StoreServer(kind, folder, await freePort());
    RECIPES[kind].prepare?.(folder, (program, ...args) => {
      execFileSync(pathOf(program), args, {
        ...userOfServers(),
        cwd: folder,
        stdio: ["ignore", "ignore", "pipe"],
      });
    });
    await server.start();
    return server;
  }

  /** `--queue-type` and what leads to this server. */
  get options(): string[] {
    return [`--queue-type=${this.kind}`, ...RECIPES[this.kind].options(this.#folder, this.port)];
  }

  /** The end of its log, for the text of a failing test. */
  get log(): string {
    return this.#log;
  }

  /** Starts it again on the same port and data. @throws TestkitError NO_STORE_SERVER */
  async start(): Promise<void> {
    const { program, args, ready = "" } = RECIPES[this.kind];
    this.#log = "";
    const user = this.kind === "libmemcached" ? undefined : userOfServers(); // it changes its user by itself
    const child = spawn(pathOf(program), args(this.#folder, this.port), {
      ...user,
      cwd: this.#folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("latin1").on("data", (text: string) => {
        this.#log = (this.#log + text).slice(-KEPT_LOG_CHARACTERS);
      });
    const killWithUs = () => child.kill("SIGKILL");
    process.once("exit", killWithUs);
    child.once("close", () => {
      process.off("exit", killWithUs);
      if (this.#child === child) this.#child = undefined;
    });
    await waitFor(`a ${program} on port ${this.port}`, async () => {
      if (this.#child !== child) throw new TestkitError("NO_STORE_SERVER", `ended: ${this.#log}`);
      return this.#log.includes(ready) && (await isListening(this.port));
    });
  }

  /** Ends it gracefully and waits for its end. */
  async stop(): Promise<void> {
    await this.#end(this.kind === "postgres" ? "SIGINT" : "SIGTERM");
  }

  /** Ends it immediately, like a crash. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Stops or continues it: peers see a server that accepts and does not answer. */
  freeze(frozen: boolean): void {
    this.#child?.kill(frozen ? "SIGSTOP" : "SIGCONT");
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

/**
 * A database server for one test, ended with it. If it is not installed, the test is skipped with the reason; in CI it
 * fails.
 *
 * @throws TestkitError NOT_TAGGED, NO_STORE_SERVER
 */
export async function startStoreServer(
  context: SkippableTestContext,
  kind: StoreServerKind,
): Promise<StoreServer> {
  requireSlowTag(context, "a database server");
  const reason = whyNoStoreServer(kind);
  if (reason !== undefined && !process.env.CI) return context.skip(reason);
  const folder = tmpFolder(context);
  const server = await StoreServer.start(kind, folder);
  context.onTestFinished(async () => {
    await server.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  return server;
}

function findProgram(name: string): string | undefined {
  const versions = isFolder(POSTGRES_FOLDER) ? readdirSync(POSTGRES_FOLDER) : [];
  const folders = [
    ...versions.map((version) => join(POSTGRES_FOLDER, version, "bin")),
    ...(process.env.PATH ?? "").split(delimiter),
    ...SYSTEM_FOLDERS,
  ];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function pathOf(program: string): string {
  const path = findProgram(program);
  if (path === undefined) throw new TestkitError("NO_STORE_SERVER", `not installed: ${program}`);
  return path;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const isFolder = isExecutable;

function userOfServers(): { uid?: number; gid?: number } {
  return process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
}

function ownBy(path: string): void {
  chmodSync(path, 0o700);
  if (process.getuid?.() === 0) chownSync(path, NOBODY, NOBODY);
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
