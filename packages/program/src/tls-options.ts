import { omitUndefined, type ServerAddress, type ServerTls } from "@mod-gearman/base";
import { adviseOnKeyAccess, ConfigError, cannotRead, isCredential, withoutSecret } from "@mod-gearman/config";
import type { EnvelopeContext } from "./envelope-files.ts";

/** Values of the options `tls…`. */
export interface TlsValues {
  readonly tls: boolean;
  readonly tlsCaFile?: string | undefined;
  readonly tlsCertFile?: string | undefined;
  readonly tlsKeyFile?: string | undefined;
  readonly tlsServerName?: string | undefined;
}

interface ServerValues extends TlsValues {
  servers: ServerAddress[];
  dupservers?: ServerAddress[];
}

const OTHERS = 0o007;
const FILES = { tls_ca_file: "tlsCaFile", tls_cert_file: "tlsCertFile", tls_key_file: "tlsKeyFile" } as const;
type FileOption = keyof typeof FILES;

/** The servers, those with TLS with the files for it. */
export function withTls(servers: readonly ServerAddress[], values: TlsValues): ServerAddress[] {
  if (!usesTls(servers, values)) return [...servers];
  const { tlsCaFile: caFile, tlsCertFile: certFile, tlsKeyFile: keyFile, tlsServerName: serverName } = values;
  const tls: ServerTls = omitUndefined({ caFile, certFile, keyFile, serverName }); // one object: its files are read once for all
  return servers.map((server) => (values.tls || server.tls !== undefined ? { ...server, tls } : server));
}

/**
 * Gives the servers of a program what they need for TLS, after its files were looked at.
 *
 * @throws ConfigError BAD_VALUE, UNREADABLE_FILE
 */
export function completeTls(values: ServerValues, context: EnvelopeContext): void {
  const { servers, dupservers = [] } = values;
  if (usesTls([...servers, ...dupservers], values)) checkTlsFiles(values, context);
  else adviseOnUnused(values, context);
  const all = withTls([...servers, ...dupservers], values);
  values.servers = all.slice(0, servers.length);
  if (values.dupservers !== undefined) values.dupservers = all.slice(servers.length);
}

function usesTls(servers: readonly ServerAddress[], { tls }: TlsValues): boolean {
  return (tls && servers.length > 0) || servers.some((server) => server.tls !== undefined);
}

function adviseOnUnused(values: TlsValues, { sources, warnings }: EnvelopeContext): void {
  for (const [option, key] of Object.entries(FILES))
    if (values[key] !== undefined)
      warnings.advise(
        "warn",
        `${option} has no effect: no job server is spoken to with TLS (tls=yes, or tls://HOST)`,
        sources.get(option) ?? "",
      );
}

/**
 * Whether the files can be used.
 *
 * @throws ConfigError BAD_VALUE, UNREADABLE_FILE
 */
export function checkTlsFiles(values: TlsValues, context: EnvelopeContext): void {
  const { tlsCaFile, tlsCertFile, tlsKeyFile } = values;
  if (tlsCaFile === undefined)
    throw failure(
      "tls",
      "TLS needs tls_ca_file, the authorities that certificates of job servers are of",
      context,
    );
  certificateIn("tls_ca_file", tlsCaFile, context);
  if (tlsCertFile === undefined && tlsKeyFile === undefined) return;
  if (tlsCertFile === undefined) throw failure("tls_key_file", "tls_key_file needs tls_cert_file", context);
  if (tlsKeyFile === undefined) throw failure("tls_cert_file", "tls_cert_file needs tls_key_file", context);
  const certificate = certificateIn("tls_cert_file", tlsCertFile, context);
  const { validFromDate, validToDate } = certificate;
  const shown = withoutSecret(tlsCertFile);
  if (validToDate.getTime() < Date.now())
    throw failure("tls_cert_file", `${shown} has expired (${validToDate.toISOString()})`, context);
  if (validFromDate.getTime() > Date.now())
    throw failure("tls_cert_file", `${shown} is not valid before ${validFromDate.toISOString()}`, context);
  if (!certificate.checkPrivateKey(keyIn(tlsKeyFile, context)))
    throw failure("tls_key_file", `${withoutSecret(tlsKeyFile)} is not the key of ${shown}`, context);
}

function certificateIn(option: FileOption, path: string, context: EnvelopeContext) {
  const content = contentOf(option, path, context);
  const { X509Certificate } = process.getBuiltinModule("node:crypto"); // takes 4 ms, which programs without TLS save
  try {
    return new X509Certificate(content);
  } catch (cause) {
    throw failure(option, `${withoutSecret(path)} has no certificate in PEM`, context, cause);
  }
}

function keyIn(path: string, context: EnvelopeContext) {
  const { sources, deps, warnings } = context;
  const option = "tls_key_file";
  const content = contentOf(option, path, context);
  adviseOnKeyAccess(path, sources.get(option) ?? "", deps, warnings);
  const mode = deps.statsOf?.(path)?.mode ?? 0;
  if ((mode & OTHERS) !== 0 && !isCredential(path, deps))
    throw failure(
      option,
      `${withoutSecret(path)} is open to every user, it protects nothing: chmod 600`,
      context,
    );
  try {
    return process.getBuiltinModule("node:crypto").createPrivateKey(content);
  } catch {
    throw failure(option, `${withoutSecret(path)} has no key in PEM, or one with a passphrase`, context); // no cause: it is about a key
  }
}

function contentOf(option: FileOption, path: string, context: EnvelopeContext): Buffer {
  try {
    return context.deps.readFile(path);
  } catch (cause) {
    throw failure(option, cannotRead(path, cause), context, cause, "UNREADABLE_FILE");
  }
}

function failure(
  option: string,
  text: string,
  { sources, exitCode, warnings }: EnvelopeContext,
  cause?: unknown,
  code: "BAD_VALUE" | "UNREADABLE_FILE" = "BAD_VALUE",
): ConfigError {
  const at = { where: sources.get(option) ?? "", exitCode, warnings: warnings.list() };
  return new ConfigError(code, text, at, cause === undefined ? undefined : { cause });
}
