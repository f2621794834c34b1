import { omitUndefined } from "@mod-gearman/base";
import {
  type LoadDeps,
  type Loaded,
  type RunOptions,
  runEnvironment,
  runHelp,
  runTable,
  toOptions,
} from "@mod-gearman/config";
import { readIdentityList, readMaster } from "./envelope-files.ts";
import { type GivenWord, loadGetopt, toolFailure } from "./getopt-program.ts";
import { resolvePassword } from "./password.ts";
import type { Argument } from "./raw-arguments.ts";
import { completeTls } from "./tls-options.ts";

const EXIT_CODE = 3;
const NOT_APPLIED =
  "--apply is not possible with sealed results: the module takes those of its own jobs only; mod_gearman_trace --now makes the core run the check";

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
    ({ values, sources, warnings, words }) => {
      const fail = (text: string) => toolFailure("BAD_LINE", text, warnings);
      const names = namesOf(words, fail);
      const { command } = values;
      if (command === undefined) throw fail("the command line of the check is needed (-c)");
      if (values.apply && names.hostName === undefined) throw fail("--apply needs the name of the host");
      if (values.servers.length === 0) values.servers = [{ host: "localhost", port: 4730 }];
      const context = { sources, exitCode: EXIT_CODE, deps, warnings };
      values.key = resolvePassword(values, context);
      completeTls(values, context);
      if (values.encryption && values.key === undefined)
        throw toolFailure("NO_KEY", "no encryption key provided, please use --key or --keyfile", warnings);
      const { envelopeMasterFile: path, envelopeIdentitiesFile: list } = values;
      if (values.apply && path !== undefined) throw fail(NOT_APPLIED);
      const masterFile = path === undefined ? undefined : readMaster("v2", path, context);
      const identities = readIdentityList(list, context);
      const queue = queueOf(values, names, fail);
      values.queue = queue;
      return { ...toOptions(values), command, queue, ...names, ...omitUndefined({ masterFile, identities }) };
    },
    (given) => ({ encryption: given.has("key") || given.has("keyfile") }),
  );
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
  if (hostName?.length === 0 || serviceDescription?.length === 0) throw fail("a name is empty");
  return omitUndefined({ hostName, serviceDescription });
}

function queueOf(
  { queue, worker }: { readonly queue: Buffer | undefined; readonly worker: Buffer | undefined },
  { hostName, serviceDescription }: Names,
  fail: Fail,
): Buffer {
  if (worker !== undefined && queue !== undefined) throw fail("either --queue or --worker");
  if (worker !== undefined) return Buffer.concat([Buffer.from("sticky_"), worker]);
  const isOfHost = hostName !== undefined && serviceDescription === undefined;
  return queue ?? Buffer.from(isOfHost ? "host" : "service");
}
