/** Plugins cannot be limited or run as another user on this machine. `message` is for users. */
export class LimitsError extends Error {
  override readonly name: string = "LimitsError";
  readonly code = "NEEDS_NATIVE";
  constructor(reason: string | undefined) {
    const why = reason === undefined ? "" : `: ${reason}`;
    super(`limit_cpu_seconds, limit_memory, limit_open_files and run_as need the native spawner${why}`);
  }
}
