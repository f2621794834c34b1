import { omitUndefined } from "@mod-gearman/base";
import {
  type LoadDeps,
  type Loaded,
  type RunOptions,
  runEnvironment,
  runHelp,
  runTable,
  toOptions,
  type ValuesOf,
} from "@mod-gearman/config";
import { readIdentityList, readMaster, readSenderIdentity } from "./envelope-files.ts";
import { type GivenWord, loadGetopt, type ParsedSettings, toolFailure } from "./getopt-program.ts";
import { resolvePassword } from "./password.ts";
import type { Argument } from "./raw-arguments.ts";
import { completeTls } from "./tls-options.ts";

const EXIT_CODE = 3;
/** Of a run whose job is sealed. Source: envelope-v2.md 7. */
export const NOT_APPLIED =
  "--apply needs the identity of a sender that may report for the host (--sender_identity_file): the module takes the result of a worker only for a job that it sent itself; or mod_gearman_trace --now makes the core run the check";

const NEEDS_KEY =
  "the bridge says the command of a check to holders of the key only: --keyfile, or --envelope_master_file; or give -c";

export type RunRequest =
  | Loaded<RunOptions>
  /** Exit code 0. */
  | { readonly help: string }
  /** Exit code 0. */
  | { readonly version: true };

/**
 * Settings of mod_gearman_run from its arguments.
 *
 * @param argv arguments without interpreter and script
 * @throws ConfigError BAD_LINE, BAD_VALUE, NO_KEY, UNREADABLE_FILE (key file); exit code 3, or 2 with `--check-config`;
 * `help` is set
 */
export function loadRun(argv: readonly Argument[], deps: LoadDeps): RunRequest {
  const program = { ...runHelp, table: runTable, environment: runEnvironment, takesWords: true } as const;
  return loadGetopt(
    argv,
    program,
    deps,
    (settings) => finish(settings, deps),
    (given) => ({ encryption: given.has("key") || given.has("keyfile") }),
  );
}

function finish(
  {
    values,
    sources,
    warnings,
    words,
  }: { readonly values: ValuesOf<typeof runTable> } & Omit<ParsedSettings<unknown>, "values">,
  deps: LoadDeps,
): RunOptions {
  const fail = (text: string) => toolFailure("BAD_LINE", text, warnings);
  const names = namesOf(words, fail);
  const { command, apply, envelopeMasterFile: path, envelopeIdentitiesFile: list } = values;
  if (command === undefined && names.hostName === undefined)
    throw fail("the command line of the check is needed (-c), or the name of a host");
  if (apply && names.hostName === undefined) throw fail("--apply needs the name of the host");
  // without a command the bridge says whether the job is sealed
  const { senderIdentityFile: sender } = values;
  if (apply && path !== undefined && command !== undefined && sender === undefined) throw fail(NOT_APPLIED);
  if (values.servers.length === 0) values.servers = [{ host: "localhost", port: 4730 }];
  const context = { sources, exitCode: EXIT_CODE, deps, warnings };
  values.key = resolvePassword(values, context);
  completeTls(values, context);
  if (values.encryption && values.key === undefined)
    throw toolFailure("NO_KEY", "no encryption key provided, please use --key or --keyfile", warnings);
  const masterFile = path === undefined ? undefined : readMaster("v2", path, context);
  const identities = readIdentityList(list, context);
  const senderIdentity = sender === undefined ? undefined : readSenderIdentity(sender, context);
  if (command === undefined && masterFile === undefined && !values.encryption)
    throw toolFailure("NO_KEY", NEEDS_KEY, warnings);
  values.queue = queueOf(values, names, fail);
  return { ...toOptions(values), ...names, ...omitUndefined({ masterFile, identities, senderIdentity }) };
}

type Fail = (text: string) => Error;

/** Absent: not given. */
interface Names {
  readonly hostName?: Buffer;
  readonly serviceDescription?: Buffer;
}

function namesOf(words: readonly GivenWord[], fail: Fail): Names {
  const [hostName, serviceDescription, ...more] = words.map(({ text }) => Buffer.from(text, "latin1"));
  if (more.length > 0) throw fail("more words than HOST and SERVICE");
  if (words.some(({ text }) => /[\n\0]/.test(text))) throw fail("a name has a line feed");
  if (hostName?.length === 0 || serviceDescription?.length === 0) throw fail("a name is empty");
  return omitUndefined({ hostName, serviceDescription });
}

/** @returns undefined: that of the last job */
function queueOf(
  { command, queue, worker }: Readonly<Record<"command" | "queue" | "worker", Buffer | undefined>>,
  { hostName, serviceDescription }: Names,
  fail: Fail,
): Buffer | undefined {
  if (worker !== undefined && queue !== undefined) throw fail("either --queue or --worker");
  if (worker !== undefined) return Buffer.concat([Buffer.from("sticky_"), worker]);
  if (command === undefined) return queue;
  const isOfHost = hostName !== undefined && serviceDescription === undefined;
  return queue ?? Buffer.from(isOfHost ? "host" : "service");
}
