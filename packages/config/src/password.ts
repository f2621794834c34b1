import { CryptoError, keyFromFile } from "@mod-gearman/crypto";
import { ConfigError } from "./errors.ts";
import type { LoadDeps } from "./loaded.ts";
import type { Notes } from "./notes.ts";

/** Keys that were given, and what to do with them. */
export interface PasswordInput {
  readonly key: Buffer | undefined;
  readonly keyfile: string | undefined;
  readonly encryption: boolean;
  /** Where each option was given. */
  readonly sources: ReadonlyMap<string, string>;
  readonly exitCode: number;
  /** Message about a key file that cannot be read. */
  readonly cannotRead: (path: string, cause: unknown) => string;
}

/** Key of the sample configurations of the original packages. */
const SHIPPED_KEY = "should_be_changed";
const SHORT_BYTES = 8;
const WEAK_BYTES = 16;

/**
 * The password in effect: the key file beats the key, whatever the order. Warns about both being set and about
 * keys that are easy to guess, never showing them. Source: wire-format.md 2.1, worker.md 1.4 and D3.
 *
 * @throws ConfigError UNREADABLE_FILE, NO_KEY (empty key file)
 */
export function resolvePassword(input: PasswordInput, deps: LoadDeps, notes: Notes): Buffer | undefined {
  const where = input.sources.get(input.keyfile === undefined ? "key" : "keyfile") ?? "";
  if (input.keyfile !== undefined && input.key !== undefined) {
    notes.add("warn", "both key and keyfile are set, keyfile is used", where);
  }
  const password =
    input.keyfile === undefined ? input.key : readKeyFile(input.keyfile, where, input, deps, notes);
  if (password !== undefined && input.encryption) warnAboutWeakness(password, where, notes);
  return password;
}

function readKeyFile(
  path: string,
  where: string,
  input: PasswordInput,
  deps: LoadDeps,
  notes: Notes,
): Buffer {
  const at = { where, exitCode: input.exitCode, warnings: notes.list() };
  let content: Buffer;
  try {
    content = deps.readFile(path);
  } catch (cause) {
    throw new ConfigError("UNREADABLE_FILE", input.cannotRead(path, cause), at, {
      cause,
    });
  }
  try {
    return keyFromFile(content);
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause;
    throw new ConfigError("NO_KEY", `no key in the first line of ${path}`, at, { cause });
  }
}

function warnAboutWeakness(password: Buffer, where: string, notes: Notes): void {
  if (password.toString("latin1") === SHIPPED_KEY) {
    notes.add("warn", "the encryption key is the one of the sample configuration, everybody knows it", where);
  } else if (password.length < SHORT_BYTES) {
    notes.add("warn", "encryption key should be at least 8 bytes!", where);
  } else if (password.length < WEAK_BYTES) {
    notes.add("warn", `encryption key is shorter than ${WEAK_BYTES} bytes`, where);
  }
}
