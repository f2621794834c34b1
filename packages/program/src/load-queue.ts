import { omitUndefined } from "@mod-gearman/base";
import {
  excerpt,
  type LoadDeps,
  type Loaded,
  type QueueCommand,
  type QueueOptions,
  queueEnvironment,
  queueHelp,
  queueTable,
  toOptions,
  toUtf8,
} from "@mod-gearman/config";
import { readEnvelopeKeys } from "./envelope-files.ts";
import { type GivenWord, loadGetopt, toolFailure } from "./getopt-program.ts";
import { resolvePassword } from "./password.ts";
import type { Argument } from "./raw-arguments.ts";
import { completeTls } from "./tls-options.ts";

const EXIT_CODE = 3;

export type QueueRequest =
  | Loaded<QueueOptions>
  /** Exit code 0. */
  | { readonly help: string }
  /** Exit code 0. */
  | { readonly version: true };

/**
 * Settings of mod_gearman_queue from its arguments.
 *
 * @param argv arguments without interpreter and script
 * @throws ConfigError BAD_LINE, BAD_VALUE, NO_KEY, UNREADABLE_FILE; exit code 3, or 2 with `--check-config`; `help` is set
 */
export function loadQueue(argv: readonly Argument[], deps: LoadDeps): QueueRequest {
  const program = {
    ...queueHelp,
    table: queueTable,
    environment: queueEnvironment,
    takesWords: true,
  } as const;
  return loadGetopt(argv, program, deps, ({ values, sources, warnings, words }) => {
    if (values.servers.length === 0) values.servers = [{ host: "localhost", port: 4730 }];
    const unique = values.unique?.toString("latin1");
    const command = commandOf(words, unique, (text) => toolFailure("BAD_LINE", text, warnings));
    const context = { sources, exitCode: EXIT_CODE, deps, warnings };
    values.key = resolvePassword(values, context);
    if (values.key === undefined && (sources.has("key") || sources.has("keyfile")))
      throw toolFailure("NO_KEY", "the encryption key is empty", warnings);
    completeTls(values, context);
    const { envelopeKeys } = values;
    const envelopeFile = envelopeKeys === undefined ? undefined : readEnvelopeKeys(envelopeKeys, context);
    return { ...toOptions(values), command, ...omitUndefined({ envelopeFile }) };
  });
}

type Fail = (text: string) => Error;

function commandOf(words: readonly GivenWord[], unique: string | undefined, fail: Fail): QueueCommand {
  const [verb = "list", ...names] = words.map(({ text }) => text);
  if (unique !== undefined && verb !== "cancel") throw fail("--unique is for cancel");
  if (names.includes("")) throw fail("a name is empty");
  const shape = SHAPES.get(verb);
  if (shape === undefined) {
    const shown = words[0]?.hidden === true ? "(hidden)" : `'${excerpt(toUtf8(verb))}'`;
    throw fail(`${shown} is not a command: ${[...SHAPES.keys()].join(", ")}`);
  }
  const command = shape.read(names, unique);
  if (command === undefined) throw fail(`${verb}: ${shape.needs}`);
  return command;
}

interface Shape {
  /** @returns undefined if there are too few or too many names */
  read(names: readonly string[], unique: string | undefined): QueueCommand | undefined;
  readonly needs: string;
}

const forQueues = (verb: "pause" | "resume" | "purge"): Shape => ({
  read: (queues) => (queues.length > 0 ? { verb, queues } : undefined),
  needs: "needs the name of a queue",
});

const SHAPES: ReadonlyMap<string, Shape> = new Map([
  ["list", { read: (names) => (names.length === 0 ? { verb: "list" } : undefined), needs: "takes no name" }],
  ["pause", forQueues("pause")],
  ["resume", forQueues("resume")],
  [
    "peek",
    {
      read: ([queue, ...more]) =>
        queue !== undefined && more.length === 0 ? { verb: "peek", queue } : undefined,
      needs: "needs the name of one queue",
    },
  ],
  ["purge", forQueues("purge")],
  ["cancel", { read: readCancel, needs: "needs handles of jobs, or --unique=KEY and at most one queue" }],
  [
    "move",
    {
      read: ([from, to, ...more]) =>
        from !== undefined && to !== undefined && more.length === 0 ? { verb: "move", from, to } : undefined,
      needs: "needs the names of two queues",
    },
  ],
] as const satisfies [string, Shape][]);

function readCancel(names: readonly string[], unique: string | undefined): QueueCommand | undefined {
  if (unique === undefined) return names.length > 0 ? { verb: "cancel", handles: names } : undefined;
  return names.length < 2 ? { verb: "cancel-unique", unique, queue: names[0] } : undefined;
}
