import { once } from "node:events";
import { connect } from "node:net";
import { duplexPair, type SkippableTestContext, startGearmand, type TestContext } from "@mod-gearman/testkit";
import { createJobServer, type JobServer, type JobServerOptions } from "../src/index.ts";
import type { SceneOptions, Stage } from "./play.ts";
import { Wire } from "./wire.ts";

/** Our server in memory, with handles `T:<n>`; closed with the test. */
export function serverFor(context: TestContext, options: JobServerOptions = {}): JobServer {
  const server = createJobServer({ handlePrefix: "T", version: "0.1.2", pid: 4711, ...options });
  context.onTestFinished(() => server.close());
  return server;
}

/** A new connection to `server` without network. */
export function join(server: JobServer, chunks: "whole" | "single bytes" = "whole"): Wire {
  const [ours, theirs] = duplexPair();
  server.accept(theirs);
  return new Wire(ours, chunks);
}

/** Our server as a stage. */
export function ourStage(
  context: TestContext,
  options: SceneOptions,
  chunks: "whole" | "single bytes" = "whole",
): Stage {
  const server = serverFor(context, options);
  return { kind: "ours", connect: async () => join(server, chunks) };
}

/** Our server on a port: sockets use another code path than other streams. */
export async function ourTcpStage(context: TestContext, options: SceneOptions): Promise<Stage> {
  const server = serverFor(context, { ...options, listen: "127.0.0.1", port: 0 });
  const { port } = await server.listen();
  return { kind: "ours", connect: () => tcp(port) };
}

/** A real gearmand; if it is not installed, the test is skipped, or fails in CI. */
export async function realStage(context: SkippableTestContext, options: SceneOptions): Promise<Stage> {
  const { port } = await startGearmand(context, { args: ["--job-handle-prefix=T", ...argsFor(options)] });
  return { kind: "real", connect: () => tcp(port) };
}

/** A TCP connection to a port of this machine. */
export async function tcp(port: number): Promise<Wire> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  return new Wire(socket);
}

function argsFor(options: SceneOptions): string[] {
  const args: string[] = []; // compat 1.1 is what gearmand 1.1.20 does
  if (options.roundRobin) args.push("--round-robin");
  if (options.exceptions) args.push("--exceptions");
  if (options.jobRetries !== undefined) args.push(`--job-retries=${options.jobRetries}`);
  if (options.workerWakeup !== undefined) args.push(`--worker-wakeup=${options.workerWakeup}`);
  return args;
}
