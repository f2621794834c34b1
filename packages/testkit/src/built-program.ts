import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { TestkitError } from "./errors.ts";
import { requireSlowTag } from "./slow-tag.ts";
import type { TestContext } from "./test-context.ts";
import { tmpFolder } from "./tmp-folder.ts";

/** End of a program, and its output as UTF-8. */
export interface Ended {
  /** `null` after a signal. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Standard output so far. */
  readonly output: () => string;
  /** Standard error so far. */
  readonly errors: () => string;
}

export interface StartOptions {
  readonly cwd?: string;
  /** Input of the program, then its end; "open": input stays open. Default: no input. */
  readonly stdin?: Buffer | "open";
  /** In addition to PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>;
  /** Started by its name, not by Node.js. */
  readonly byName?: boolean;
}

/** Replaces a Node.js that is too old for our programs. */
const OLD_NODE =
  'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } });';

/** Folder with the tools as executables of another runtime, which are then tested in place of what Node.js runs. */
const EXECUTABLES = process.env.MGM_TOOLS_DIR;

/** A built program of an app, for tests of the shipped files. */
export class BuiltProgram {
  /** It is an executable with a runtime of its own, not one for Node.js. */
  readonly isExecutable: boolean = EXECUTABLES !== undefined;
  readonly #main: string;

  /** @param app the app's folder */
  constructor(app: URL) {
    const { bin = {} } = JSON.parse(readFileSync(new URL("package.json", app), "utf8")) as { bin: object };
    const [command = ""] = Object.keys(bin);
    this.#main =
      EXECUTABLES === undefined ? fileURLToPath(new URL("dist/main.js", app)) : join(EXECUTABLES, command);
  }

  /** Path of the started file. @throws TestkitError NOT_BUILT */
  get main(): string {
    if (existsSync(this.#main)) return this.#main;
    throw new TestkitError("NOT_BUILT", `${this.#main}: run \`pnpm build\` first`);
  }

  /** Words that start it, without arguments. @throws TestkitError NOT_BUILT */
  get command(): readonly [string, ...string[]] {
    return this.isExecutable ? [this.main] : [process.execPath, this.main];
  }

  /** Runs it with pipes and an empty home, killed with the test. @throws TestkitError NOT_BUILT, NOT_TAGGED */
  start(context: TestContext, args: readonly string[], options: StartOptions = {}): Started {
    requireSlowTag(context, "a built program");
    const byName = options.byName === true && !this.isExecutable;
    const [file, ...words] = byName ? ["/bin/sh", this.main] : this.command;
    const child = spawn(file, [...words, ...args], {
      stdio: ["pipe", "pipe", "pipe"],
      cwd: options.cwd,
      env: {
        PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
        HOME: options.cwd ?? tmpFolder(context),
        ...options.env,
      },
    });
    context.onTestFinished(() => void child.kill("SIGKILL"));
    child.stdin.on("error", () => undefined); // it may end without reading
    if (options.stdin !== "open") child.stdin.end(options.stdin);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    const output = () => Buffer.concat(stdout).toString();
    const errors = () => Buffer.concat(stderr).toString();
    const ended = once(child, "close").then(([code]) => ({
      code: code as number | null,
      stdout: output(),
      stderr: errors(),
    }));
    return { child, ended, output, errors };
  }

  run(context: TestContext, args: readonly string[], options: StartOptions = {}): Promise<Ended> {
    return this.start(context, args, options).ended;
  }

  /** Runs it on a Node.js that reports version 20.20.2. */
  runOnOldNode(context: TestContext, args: readonly string[]): Promise<Ended> {
    const old = join(tmpFolder(context), "old.cjs");
    writeFileSync(old, OLD_NODE);
    return this.run(context, args, { env: { NODE_OPTIONS: `--require=${old}` } });
  }
}
