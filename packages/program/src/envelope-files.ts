import {
  adviseOnKeyAccess,
  ConfigError,
  cannotRead,
  type LoadDeps,
  openKeyProblem,
  type WarningCollector,
  withoutSecret,
  writersProblem,
} from "@mod-gearman/config";
import { IdentityList, KeyFileError, parseIdentityFile, parseMasterFile } from "@mod-gearman/crypto";

/** Input of the readers besides the values. */
export interface EnvelopeContext {
  /** Source of each option. */
  readonly sources: ReadonlyMap<string, string>;
  readonly exitCode: number;
  readonly deps: LoadDeps;
  readonly warnings: WarningCollector;
}

type Form = "legacy" | "both" | "v2";

/**
 * The content of a bridge's master file, which is valid; undefined in the legacy form.
 *
 * @throws ConfigError NO_KEY (no file named, not a master file, or open to every user), UNREADABLE_FILE
 */
export function readMaster(
  envelope: Form,
  path: string | undefined,
  context: EnvelopeContext,
): Buffer | undefined {
  return readKeys({ envelope, path, option: "envelope_master_file", parse: parseMasterFile }, context);
}

/**
 * The content of a worker's identity file, which is valid; undefined in the legacy form.
 *
 * @throws ConfigError as {@link readMaster}
 */
export function readIdentity(
  envelope: Form,
  path: string | undefined,
  context: EnvelopeContext,
): Buffer | undefined {
  return readKeys({ envelope, path, option: "envelope_identity_file", parse: parserOf("worker") }, context);
}

/** The content of a bridge's master file or a worker's identity file, which is valid. @throws ConfigError as {@link readMaster} */
export function readEnvelopeKeys(path: string, context: EnvelopeContext): Buffer | undefined {
  const parse = (content: Buffer): unknown =>
    isMasterFile(content) ? parseMasterFile(content) : parserOf("worker")(content);
  return readKeys({ envelope: "v2", path, option: "envelope_keys", parse }, context);
}

/** Whether it says of itself that it is a master file. */
export function isMasterFile(content: Buffer): boolean {
  return /^type=master\s*$/m.test(content.toString("latin1"));
}

/** The content of a sender's identity file, which is valid. @throws ConfigError as {@link readMaster} */
export function readSenderIdentity(path: string, context: EnvelopeContext): Buffer | undefined {
  const parse = parserOf("sender");
  return readKeys({ envelope: "v2", path, option: "sender_identity_file", parse }, context);
}

const parserOf =
  (kind: "worker" | "sender") =>
  (content: Buffer): void => {
    if (parseIdentityFile(content).kind !== kind) throw new KeyFileError("WRONG_TYPE", 1);
  };

/** The content of a bridge's list of identities, which is valid; undefined if it has none. @throws ConfigError */
export function readIdentityList(path: string | undefined, context: EnvelopeContext): Buffer | undefined {
  if (path === undefined) return undefined;
  const option = "envelope_identities_file";
  const content = readValid({ path, option, parse: (text) => new IdentityList(text) }, context);
  const { sources, exitCode, deps, warnings } = context;
  const problem = writersProblem(path, deps);
  if (problem === undefined) return content;
  const at = { where: sources.get(option) ?? "", exitCode, warnings: warnings.list() };
  throw new ConfigError("NO_KEY", `${withoutSecret(path)}: ${problem}`, at);
}

interface KeyRequest {
  readonly envelope: Form;
  readonly path: string | undefined;
  readonly option: string;
  /** @throws KeyFileError */
  parse(content: Buffer): unknown;
}

function readKeys(
  { envelope, path, option, parse }: KeyRequest,
  context: EnvelopeContext,
): Buffer | undefined {
  if (envelope === "legacy") return undefined;
  const { sources, exitCode, deps, warnings } = context;
  if (path === undefined)
    throw new ConfigError("NO_KEY", `envelope=${envelope} needs ${option}`, {
      where: sources.get("envelope") ?? "",
      exitCode,
      warnings: warnings.list(),
    });
  const content = readValid({ path, option, parse }, context);
  const where = sources.get(option) ?? "";
  adviseOnKeyAccess(path, where, deps, warnings);
  const problem = openKeyProblem(path, deps);
  if (problem !== undefined)
    throw new ConfigError("NO_KEY", problem, { where, exitCode, warnings: warnings.list() });
  return content;
}

function readValid(
  { path, option, parse }: Pick<KeyRequest, "option" | "parse"> & { readonly path: string },
  { sources, exitCode, deps, warnings }: EnvelopeContext,
): Buffer {
  const at = { where: sources.get(option) ?? "", exitCode, warnings: warnings.list() };
  let content: Buffer;
  try {
    content = deps.readFile(path);
  } catch (cause) {
    throw new ConfigError("UNREADABLE_FILE", cannotRead(path, cause), at, { cause });
  }
  try {
    parse(content);
  } catch (cause) {
    if (!(cause instanceof KeyFileError)) throw cause;
    throw new ConfigError("NO_KEY", `${withoutSecret(path)}, ${cause.message}`, at, { cause });
  }
  return content;
}
