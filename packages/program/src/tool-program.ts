import { ConfigError, callWarnings, checkConfigReport, type Loaded, warningLines } from "@mod-gearman/config";

/** What a loader of a tool makes of the arguments. */
type ToolRequest<O> = Loaded<O> | { readonly help: string } | { readonly version: true };

/** A program of the command line. */
export interface ToolProgram<O> {
  readonly name: string;
  /**
   * A plugin: all its text goes to standard output, which a core displays, and help and version are UNKNOWN. Otherwise help is a
   * success, and errors go to standard error.
   */
  readonly isPlugin: boolean;
  readonly version: string;
  /** Shown in the version text. */
  readonly runtime: string;
  /** @throws ConfigError */
  load(): ToolRequest<O>;
  /** Does its work. @returns exit code */
  run(options: O): Promise<number>;
  /** Whether advice about the configuration is printed at each call; absent: it is not. */
  isVerbose?(options: O): boolean;
  /** Lines about hops for `--check-config`. */
  hops?(options: O): readonly string[];
  /** Standard output, characters. */
  print(text: string): void;
  /** Standard error, characters. */
  complain(text: string): void;
}

const UNKNOWN = 3;

/**
 * Does what the arguments ask for: help, version, the settings in effect, or the work.
 *
 * @returns the exit code: that of the work, or of wrong arguments
 */
export async function runTool<O>(tool: ToolProgram<O>): Promise<number> {
  const { name, isPlugin, version, runtime, print, complain } = tool;
  const exitCode = isPlugin ? UNKNOWN : 0;
  try {
    const request = tool.load();
    if ("help" in request) {
      print(`${request.help.trimEnd()}\n`);
      return exitCode;
    }
    if ("version" in request) {
      print(`${name}: version ${version} running on ${runtime}\n${isPlugin ? "\n" : ""}`);
      return exitCode;
    }
    const { options } = request;
    if (request.checkConfig) {
      print(checkConfigReport(request, tool.hops?.(options)));
      return 0;
    }
    const warnings = callWarnings(request.warnings, tool.isVerbose?.(options) ?? false);
    if (warnings.length > 0) complain(`${warningLines(warnings).join("\n")}\n`);
    return await tool.run(options);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const write = isPlugin ? print : complain;
    write(`${error.message}\n\n${error.help ?? ""}`);
    return error.exitCode;
  }
}
