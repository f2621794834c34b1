import { isIP, type Socket } from "node:net";
import { getBuiltinModule } from "node:process";
import type { SecureContext, TLSSocket } from "node:tls";
import { readRegularFile, reasonOf, type ServerAddress, type ServerTls } from "@mod-gearman/base";
import { isTlsError, TlsError, tlsErrorOf } from "./tls-error.ts";

const MAX_FILE_BYTES = 4 * 1024 * 1024;
const FILES = { tls_ca_file: "caFile", tls_cert_file: "certFile", tls_key_file: "keyFile" } as const;

interface Made {
  readonly contents: readonly Buffer[];
  readonly context: SecureContext;
}

/** One for all connections of a program, while the files stay the same. */
const made = new WeakMap<ServerTls, Made>();

/** Key of the plain socket below one with TLS. Known everywhere: parts of a tool are bundles of their own. */
const BELOW = Symbol.for("@mod-gearman/client socket below TLS");

/**
 * What of our files a connection uses. They are read each time, so that new certificates need no restart.
 *
 * @throws TlsError FILES
 */
export function secureContext(tls: ServerTls): SecureContext {
  if (tls.caFile === undefined)
    throw new TlsError("FILES", "no tls_ca_file is given to verify the server with");
  const contents = Object.entries(FILES).map(([option, key]) => contentOf(option, tls[key]));
  const known = made.get(tls);
  if (known?.contents.every((content, at) => content.equals(contents[at] ?? NOTHING)) === true)
    return known.context;
  const [ca = NOTHING, cert = NOTHING, key = NOTHING] = contents;
  const { createSecureContext } = getBuiltinModule("node:tls");
  try {
    const own = tls.certFile === undefined ? {} : { cert, key };
    const context = createSecureContext({ ca, ...own, minVersion: "TLSv1.2" });
    made.set(tls, { contents, context });
    return context;
  } catch (cause) {
    const error = tlsErrorOf(cause);
    const isOurs = isTlsError(error) && error.code === "FILES";
    throw isOurs
      ? error
      : new TlsError("FILES", "the files of tls_… are not PEM with certificates and a key", { cause });
  }
}

const NOTHING = Buffer.alloc(0);

function contentOf(option: string, path: string | undefined): Buffer {
  if (path === undefined) return NOTHING;
  try {
    return readRegularFile(path, MAX_FILE_BYTES, { links: "follow" });
  } catch (cause) {
    throw new TlsError("FILES", `cannot read ${option} ${path}: ${reasonOf(cause)}`, { cause });
  }
}

/** TLS over a connected socket, which belongs to the result from now on. Rejects with a TlsError, or an error of the network. */
export function secured(
  plain: Socket,
  { host, tls = {} }: ServerAddress,
  { context, signal }: { readonly context: SecureContext; readonly signal: AbortSignal },
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    plain.on("error", () => undefined); // reported by the TLS socket
    const name = tls.serverName ?? host;
    const { checkServerIdentity, connect } = getBuiltinModule("node:tls");
    const named = isIP(name) === 0 ? { servername: name } : {};
    // said in full: NODE_TLS_REJECT_UNAUTHORIZED changes the default
    const verified = { rejectUnauthorized: true, checkServerIdentity } as const;
    const socket = connect({ socket: plain, secureContext: context, host: name, ...named, ...verified });
    Object.assign(socket, { [BELOW]: plain });
    socket.once("close", () => plain.destroy()); // Node leaves it open where a certificate is refused
    const settle = (then: () => void): void => {
      signal.removeEventListener("abort", onAbort);
      socket.removeListener("secureConnect", onSecure).removeListener("close", onClose);
      socket.removeListener("error", onError);
      then();
    };
    const fail = (error: unknown): void =>
      settle(() => {
        socket.on("error", () => undefined).destroy();
        reject(tlsErrorOf(error));
      });
    const onSecure = (): void => settle(() => resolve(socket));
    const onAbort = (): void => fail(signal.reason);
    const onClose = (): void => fail(new TlsError("HANDSHAKE", BROKEN_OFF));
    const onError = (error: NodeJS.ErrnoException): void =>
      fail(error.code === "ECONNRESET" ? new TlsError("HANDSHAKE", BROKEN_OFF, { cause: error }) : error);
    signal.addEventListener("abort", onAbort, { once: true });
    socket.once("secureConnect", onSecure).once("close", onClose).once("error", onError);
    if (signal.aborted) onAbort();
  });
}

const BROKEN_OFF =
  "the server closed the connection in the handshake: it may speak no TLS, or want a certificate of ours";

/** Whether a server answers a handshake; nothing else is sent, and nothing that it says is believed. Never rejects. */
export function speaksTls({ host, port }: ServerAddress, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const { connect } = getBuiltinModule("node:tls");
    const socket = connect({ host, port, rejectUnauthorized: false, timeout: timeoutMs });
    const settle = (answer: boolean) => (): void => {
      resolve(answer);
      socket.destroy();
    };
    socket.once("secureConnect", settle(true)).once("timeout", settle(false)).once("close", settle(false));
    socket.on("error", ({ code = "" }: NodeJS.ErrnoException) => settle(code.includes("_ALERT_"))());
  });
}

/**
 * The end of a TLS connection on which nothing came; undefined for others. With TLS 1.3 a server looks at our certificate
 * after the handshake, and may say nothing.
 */
export function unheardEnd(stream: object): TlsError | undefined {
  const isUnheard = isSecured(stream) && (stream as TLSSocket).bytesRead === 0;
  return isUnheard ? new TlsError("REFUSED", CLOSED_AFTER) : undefined;
}

const CLOSED_AFTER =
  "the server closed the connection after the handshake: it may want a certificate of ours, or another one (tls_cert_file)";

/** Why a stream ended, for a log line. */
export function endText(stream: object): string {
  return unheardEnd(stream)?.message ?? "the server closed the connection";
}

/** Whether a stream has TLS. */
export function isSecured(stream: object): boolean {
  return BELOW in stream;
}

/** The socket to reset for a stream with TLS. */
export function socketBelow(stream: object): Socket | undefined {
  return (stream as { readonly [BELOW]?: Socket })[BELOW];
}
