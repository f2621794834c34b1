import { type Clock, type Logger, omitUndefined } from "@mod-gearman/base";
import { ClientConnection, type DuplexFactory, Liveness, WorkerConnection } from "@mod-gearman/client";
import type { SubmitterFactory } from "@mod-gearman/delivery";
import { BridgeLine } from "@mod-gearman/enrolment";
import { rateLimited } from "@mod-gearman/observe";
import type { KeyRenewalWorld } from "./key-renewal.ts";
import type { GrabConnectionFactory } from "./slot.ts";
import type { StatusConnectionFactory } from "./status-queue.ts";

export interface ConnectionDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default: TCP. */
  readonly duplex?: DuplexFactory;
}

/** The same factory for connections with a client id. */
type WithClientId<F extends (...args: never[]) => unknown> = (
  clientId: Buffer,
  ...args: Parameters<F>
) => ReturnType<F>;

export interface ConnectionFactories {
  readonly connectSlot: WithClientId<GrabConnectionFactory>;
  readonly connectStatus: WithClientId<StatusConnectionFactory>;
  readonly connectResults: SubmitterFactory;
  readonly connectBridge: KeyRenewalWorld["connectBridge"];
}

const LOG_EVERY_MS = 60_000;
/** For an answer of the bridge. */
const BRIDGE_MS = 10_000;
/**
 * Time that a closing slot waits for the server to accept its last result. If the socket were closed earlier, the answer of
 * a slow server would cause a reset, WORK_COMPLETE would be lost with it, and the job would run again.
 */
const SLOT_CLOSE_MS = 5000;

export function connectionFactories(deps: ConnectionDeps): ConnectionFactories {
  const { clock, logger } = deps;
  const shared = omitUndefined({ clock, duplex: deps.duplex, liveness: new Liveness({ clock }) });
  // every slot has its own connection to each server: one line per lost server is enough
  const slotLogger = quieter(logger, clock);
  const onProblem = (problem: Error) => slotLogger.warn(problem.message);
  return {
    connectSlot: (clientId, server, functions, events) => {
      const options = {
        ...shared,
        logger: slotLogger,
        server,
        functions,
        clientId,
        maxInFlight: 1,
        paused: true,
        closeTimeoutMs: SLOT_CLOSE_MS,
        onProblem,
      };
      const connection = new WorkerConnection({ ...options, onJob: (job) => events.onJob(job) });
      connection.on("connect", () => events.onReady()).on("wake", () => events.onReady());
      connection.on("asleep", () => events.onNothing());
      connection.on("disconnect", () => {
        events.onLost();
        events.onNothing();
      });
      return connection;
    },
    connectStatus: (clientId, server, functions, events) => {
      const options = { ...shared, logger, server, functions, clientId, maxInFlight: 1, onProblem };
      const connection = new WorkerConnection({ ...options, onJob: (job) => events.onJob(job) });
      connection.on("connect", () => events.onConnect());
      return connection;
    },
    connectResults: (server, { gearmanConnectionTimeoutMs }, onConnect) => {
      const timeoutMs =
        gearmanConnectionTimeoutMs > 0 ? gearmanConnectionTimeoutMs : Number.POSITIVE_INFINITY;
      const connection = new ClientConnection({
        ...shared,
        logger: slotLogger,
        servers: [server],
        connectTimeoutMs: timeoutMs,
        submitTimeoutMs: timeoutMs,
        failWhenUnreachable: true,
        maxQueuedBytes: RESULT_BYTES,
      });
      connection.on("connect", onConnect);
      return connection;
    },
    connectBridge: (servers, queue) =>
      new BridgeLine({ servers, queue, clock, duplex: deps.duplex, timeoutMs: BRIDGE_MS }),
  };
}

/** The send queue of the connection is bounded, but must hold a result of any size. */
const RESULT_BYTES = 256 * 1024 * 1024;

/** Connects and losses of single slots are logged as debug; the status connections log the same once. */
function quieter(logger: Logger, clock: Clock): Logger {
  const warn = rateLimited(
    (text) => logger.warn(text),
    LOG_EVERY_MS,
    () => clock.monotonicMs(),
  );
  return { ...logger, info: (text) => logger.debug(text), warn };
}
