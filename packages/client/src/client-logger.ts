/** The part of the `Logger` of `@mod-gearman/observe` that this room writes to. Never gets keys or workloads. */
export interface ClientLogger {
  warn(text: string): void;
  info(text: string): void;
  debug(text: string): void;
}

/** Writes nothing. Internal to the package. */
export const silentLogger: ClientLogger = { warn: () => {}, info: () => {}, debug: () => {} };
