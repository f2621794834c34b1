import { type Clock, systemClock } from "@mod-gearman/base";
import { AdminConnection, type AdminQuery, dialTcp } from "@mod-gearman/client";
import { ProgressLine } from "@mod-gearman/program";
import { createJobServer, type JobServer, type JobServerOptions } from "@mod-gearman/server";
import type { TestContext } from "@mod-gearman/testkit";
import { program } from "../src/program.ts";
import type { World } from "../src/world.ts";

/** One call of the program, and what it printed. */
export interface Call {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly questions: readonly string[];
}

export interface Surroundings {
  readonly files?: Readonly<Record<string, Buffer | string>>;
  readonly columns?: number;
  readonly hasColours?: boolean;
  /** Answers on the terminal; without it there is none. */
  readonly answer?: boolean;
  readonly query?: AdminQuery;
  readonly clock?: Clock;
  /** Gets what a line of progress writes to the terminal; without it there is none. */
  readonly terminal?: (text: string) => void;
}

export async function call(argv: readonly string[], surroundings: Surroundings = {}): Promise<Call> {
  const { files = {}, columns, hasColours = false, answer, clock = systemClock, terminal } = surroundings;
  const { query = (server, commands, options) => AdminConnection.query(server, commands, options) } =
    surroundings;
  const printed = { stdout: "", stderr: "" };
  const questions: string[] = [];
  const world: World = {
    argv,
    files: {
      readFile: (path) => {
        const content = files[path];
        if (content === undefined) throw Object.assign(new Error("ENOENT"), { code: "ENOENT" });
        return Buffer.from(content as string);
      },
      readDir: () => [],
      isDirectory: () => false,
      env: {},
    },
    version: "1.2.3",
    runtime: "node v24",
    query,
    dial: dialTcp(),
    clock,
    progress: terminal && (() => new ProgressLine(terminal, clock)),
    columns,
    hasColours,
    confirm:
      answer === undefined
        ? undefined
        : async (question) => {
            questions.push(question);
            return answer;
          },
    stdout: (text) => {
      printed.stdout += text;
    },
    stderr: (text) => {
      printed.stderr += text;
    },
  };
  const exitCode = await program(world);
  return { exitCode, ...printed, questions };
}

/** Our job server on a free port, closed with the test. */
export async function ourServer(
  context: TestContext,
  options: JobServerOptions = {},
): Promise<{ readonly server: JobServer; readonly address: string }> {
  const server = createJobServer({ handlePrefix: "T", listen: "127.0.0.1", port: 0, ...options });
  context.onTestFinished(() => server.close());
  const { port } = await server.listen();
  return { server, address: `127.0.0.1:${port}` };
}
