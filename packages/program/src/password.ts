import {
  adviseOnKeyAccess,
  ConfigError,
  couldNotOpen,
  hashInArgument,
  isInFile,
  type LoadDeps,
  type WarningCollector,
  withoutSecret,
} from "@mod-gearman/config";
import { CryptoError, keyFromFile } from "@mod-gearman/crypto";

export interface KeyValues {
  readonly key: Buffer | undefined;
  readonly keyfile: string | undefined;
  readonly encryption: boolean;
}

/** Input of {@link resolvePassword} besides the settings. */
export interface KeyContext {
  /** Source of each option. */
  readonly sources: ReadonlyMap<string, string>;
  readonly exitCode: number;
  readonly deps: LoadDeps;
  readonly warnings: WarningCollector;
  /** Message about a key file that cannot be read; default: that of the programs in C. */
  readonly cannotRead?: (path: string, cause: unknown) => string;
}

/** Key of the sample configurations of the original packages. */
const SHIPPED_KEY = "should_be_changed";
/** UTF-8 byte order mark. It is part of the key, as in the originals, and reported. */
const MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const SHORT_BYTES = 8;
const WEAK_BYTES = 16;

/**
 * The password in effect: the key file has precedence over the key, in any order. Warns if both are set and about keys
 * that are easy to guess, never showing them. Source: wire-format.md 2.1, worker.md 1.4 and D3.
 *
 * @throws ConfigError UNREADABLE_FILE, NO_KEY (empty key file)
 */
export function resolvePassword(values: KeyValues, context: KeyContext): Buffer | undefined {
  const { key, keyfile, encryption } = values;
  const { sources, warnings } = context;
  const where = sources.get(keyfile === undefined ? "key" : "keyfile") ?? "";
  if (keyfile !== undefined && key !== undefined) {
    warnings.advise("warn", "both key and keyfile are set, keyfile is used", where);
  }
  const password = keyfile === undefined ? key : readKeyFile(keyfile, where, context);
  if (password !== undefined && encryption) {
    warnAboutWeakness(password, where, warnings);
    const text =
      keyfile === undefined && !isInFile(where)
        ? hashInArgument("key", password.toString("latin1"))
        : undefined;
    if (text !== undefined) warnings.advise("warn", text, where);
  }
  return password;
}

function readKeyFile(path: string, where: string, context: KeyContext): Buffer {
  const { exitCode, deps, warnings, cannotRead = (...what) => couldNotOpen("file", ...what) } = context;
  const at = { where, exitCode, warnings: warnings.list() };
  let content: Buffer;
  try {
    content = deps.readFile(path);
  } catch (cause) {
    throw new ConfigError("UNREADABLE_FILE", cannotRead(path, cause), at, { cause });
  }
  adviseOnKeyAccess(path, where, deps, warnings);
  if (content.subarray(0, 3).equals(MARK))
    warnings.advise(
      "warn",
      `${withoutSecret(path)} begins with a byte order mark, which is part of the key in all programs`,
      where,
    );
  try {
    return keyFromFile(content);
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause;
    throw new ConfigError("NO_KEY", `no key in the first line of ${withoutSecret(path)}`, at, { cause });
  }
}

function warnAboutWeakness(password: Buffer, where: string, warnings: WarningCollector): void {
  if (password.toString("latin1") === SHIPPED_KEY) {
    warnings.advise("warn", "the encryption key is that of the sample configuration, which is public", where);
  } else if (password.length < SHORT_BYTES) {
    warnings.add("warn", "encryption key should be at least 8 bytes!", where);
  } else if (password.length < WEAK_BYTES) {
    warnings.advise("warn", `encryption key is shorter than ${WEAK_BYTES} bytes`, where);
  }
}
