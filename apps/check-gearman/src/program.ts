import {
  ConfigError,
  callWarnings,
  checkConfigReport,
  type LoadDeps,
  warningLines,
} from "@mod-gearman/config";
import { type Argument, loadCheckGearman } from "@mod-gearman/program";
import { type RunDeps, run } from "./run.ts";

/** The world of the program. */
export interface ProgramDeps extends RunDeps {
  /** Arguments without interpreter and script. */
  readonly argv: readonly Argument[];
  readonly files: LoadDeps;
  readonly version: string;
  readonly runtime: string;
}

const USAGE_EXIT = 3;

/**
 * Runs the program with the arguments `argv`. Usage errors go to standard output, like all text that a monitoring core
 * displays.
 *
 * @returns the exit code: 3 for help, version and usage errors (T18), else that of the check
 */
export async function program(deps: ProgramDeps): Promise<number> {
  try {
    const request = loadCheckGearman(deps.argv, deps.files);
    if ("help" in request) return printUnknown(deps, `${request.help.trimEnd()}\n`);
    if ("version" in request) {
      return printUnknown(deps, `check_gearman: version ${deps.version} running on ${deps.runtime}\n\n`);
    }
    if (request.checkConfig) {
      printUnknown(deps, checkConfigReport(request));
      return 0;
    }
    const warnings = callWarnings(request.warnings, request.options.verbose > 0);
    if (warnings.length > 0) deps.stderr(bytes(`${warningLines(warnings).join("\n")}\n`));
    return await run(request.options, deps);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    printUnknown(deps, `${error.message}\n\n${error.help ?? ""}`);
    return error.exitCode;
  }
}

/** @param text characters, not bytes */
function printUnknown(deps: ProgramDeps, text: string): number {
  deps.stdout(bytes(text));
  return USAGE_EXIT;
}

/** Text as latin1: one character for each of its UTF-8 bytes. */
function bytes(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
