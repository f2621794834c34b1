import { codeOf } from "@mod-gearman/base";
import { ConfigError, callWarnings, checkConfigReport, type EnrollOptions } from "@mod-gearman/config";
import { KeyFileError, TicketError } from "@mod-gearman/crypto";
import { AskError } from "@mod-gearman/enrolment";
import { type EnrollCommand, loadEnroll } from "@mod-gearman/program";
import { init } from "./init.ts";
import { issue } from "./issue.ts";
import { list } from "./list.ts";
import { redeem } from "./redeem.ts";
import { renew } from "./renew.ts";
import { revoke } from "./revoke.ts";
import { rotate } from "./rotate.ts";
import { Refusal, type World } from "./world.ts";

type Command = (options: EnrollOptions, world: World, operand: string) => Promise<void>;

const COMMANDS: Readonly<Record<EnrollCommand, Command>> = {
  init,
  issue,
  redeem,
  list,
  revoke,
  rotate,
  renew,
};

const OK = 0;
const NOT_DONE = 1;

/** Runs the program `mod_gearman_enroll`. @returns its exit code: 0 done, 1 not done, 2 or 3 wrong arguments or configuration */
export async function run(world: World): Promise<number> {
  try {
    const request = loadEnroll(world.argv, world.files);
    if ("help" in request) {
      world.print(request.help.trimEnd());
      return OK;
    }
    if ("version" in request) {
      world.print(`mod_gearman_enroll: version ${world.version} running on ${world.runtime}`);
      return OK;
    }
    if (request.checkConfig) {
      world.print(checkConfigReport(request));
      return OK;
    }
    for (const { text } of callWarnings(request.warnings, false)) world.printError(text);
    await COMMANDS[request.command](request.options, world, request.operand);
    return OK;
  } catch (error) {
    if (error instanceof ConfigError) {
      world.printError(error.message);
      return error.exitCode;
    }
    const text = failureText(error);
    if (text === undefined) throw error;
    world.printError(`Error - ${text}`);
    return NOT_DONE;
  }
}

/** @returns undefined for a defect */
function failureText(error: unknown): string | undefined {
  if (error instanceof AskError) return `${error.message} (${error.code})`;
  const isMeant = error instanceof Refusal || error instanceof TicketError || error instanceof KeyFileError;
  if (isMeant || codeOf(error) !== "") return (error as Error).message;
  return undefined;
}
