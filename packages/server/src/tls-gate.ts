import type { X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import type { Server, TLSSocket } from "node:tls";
import type { ServerClock } from "./core/clock.ts";
import { JobServerError } from "./core/errors.ts";
import { handshakeFailure, refusedCertificate } from "./tls-failures.ts";

/** PEM texts. */
export interface TlsMaterial {
  /** Of the server, followed by those between it and the authority. */
  readonly certificate: string | Buffer;
  readonly key: string | Buffer;
  /** Authorities of clients. Without them no client is asked for a certificate. */
  readonly ca?: string | Buffer;
}

/** TLS of a listener. Source: job-server.md 5, X43. */
export interface TlsSettings {
  /** Called at the start and by `renewTls`. @throws an error whose message is fit for users */
  load(): TlsMaterial;
  /** Serve only clients with a certificate of the authorities; needs `ca`. Default: a certificate that is offered is verified. */
  readonly requireClientCertificate?: boolean;
  /** Default 10 s. */
  readonly handshakeTimeoutMs?: number;
}

export interface TlsEvents {
  /** After the handshake. */
  onSecure(socket: TLSSocket): void;
  /** The peer has been cut off. @param text address and reason */
  onFailed(text: string): void;
  /** Something about the server's own certificate. */
  onWarning(text: string): void;
  /** For the dates of certificates. */
  readonly clock: Pick<ServerClock, "wallMs">;
}

/** Of `node:tls` and `node:crypto`. */
interface Crypto {
  readonly createServer: typeof import("node:tls").createServer;
  readonly X509Certificate: typeof X509Certificate;
}

const HANDSHAKE_TIMEOUT_MS = 10_000;

/** What plain sockets pass to become TLS connections. A handshake that fails or takes too long harms no other one. */
export class TlsGate {
  readonly #settings: TlsSettings;
  readonly #events: TlsEvents;
  readonly #crypto: Crypto;
  readonly #server: Server; // does not listen
  readonly #names = new WeakMap<object, string>(); // of plain sockets, which forget their address when closed
  readonly #pending = new Set<Socket>();

  private constructor(settings: TlsSettings, events: TlsEvents, crypto: Crypto) {
    this.#settings = settings;
    this.#events = events;
    this.#crypto = crypto;
    this.#server = crypto.createServer({
      ...this.#load(),
      rejectUnauthorized: false, // looked at in #onSecure, which knows the reason
      handshakeTimeout: settings.handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS,
    });
    this.#server.on("secureConnection", (socket: TLSSocket) => this.#onSecure(socket));
    this.#server.on("tlsClientError", (error, socket) => this.#onFailed(error, socket));
  }

  /**
   * Loads the certificates, and what Node has for them, which servers without TLS save.
   *
   * @throws JobServerError BAD_TLS: they cannot be read or used
   */
  static async open(settings: TlsSettings, events: TlsEvents): Promise<TlsGate> {
    const [{ createServer }, { X509Certificate }] = [await import("node:tls"), await import("node:crypto")];
    return usable(() => new TlsGate(settings, events, { createServer, X509Certificate }));
  }

  /** Sockets in the handshake. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Begins the handshake on `socket`, which is paused and belongs to the gate from now on. */
  admit(socket: Socket): void {
    this.#names.set(socket, `${socket.remoteAddress ?? "-"}:${socket.remotePort ?? 0}`);
    this.#pending.add(socket);
    socket.on("error", () => undefined); // reported by the TLS socket
    socket.on("close", () => this.#pending.delete(socket));
    this.#server.emit("connection", socket);
  }

  /**
   * Loads the certificates again, for connections from now on.
   *
   * @throws JobServerError BAD_TLS: the old ones stay in use
   */
  renew(): void {
    usable(() => this.#server.setSecureContext(this.#load()));
  }

  /** Ends unfinished handshakes. */
  close(): void {
    for (const socket of this.#pending) socket.destroy();
  }

  #onSecure(socket: TLSSocket): void {
    const name = this.#nameOf(socket);
    this.#forget(socket);
    const problem = this.#problemOf(socket);
    if (problem === undefined) {
      this.#events.onSecure(socket);
      return;
    }
    socket.on("error", () => undefined);
    socket.destroy();
    this.#events.onFailed(`TLS: refused ${name}: ${problem}`);
  }

  #problemOf(socket: TLSSocket): string | undefined {
    if (socket.authorized) return undefined;
    const certificate = socket.getPeerX509Certificate();
    if (certificate !== undefined) return refusedCertificate(socket.authorizationError, certificate);
    return this.#settings.requireClientCertificate === true ? "it has no client certificate" : undefined;
  }

  #onFailed(error: Error, socket: TLSSocket): void {
    const name = this.#nameOf(socket);
    this.#forget(socket);
    socket.destroy();
    this.#events.onFailed(`TLS: no handshake with ${name}: ${handshakeFailure(error)}`);
  }

  #nameOf(socket: TLSSocket): string {
    const plain = parentOf(socket);
    return (plain && this.#names.get(plain)) ?? `${socket.remoteAddress ?? "-"}:${socket.remotePort ?? 0}`;
  }

  #forget(socket: TLSSocket): void {
    const plain = parentOf(socket);
    if (plain !== undefined) this.#pending.delete(plain);
  }

  #load() {
    const { certificate, key, ca } = this.#settings.load();
    if (this.#settings.requireClientCertificate === true && ca === undefined)
      throw new Error("client certificates cannot be required without those of authorities");
    if (ca !== undefined) this.#certificateIn("authorities", ca); // else it is good for no client, and nothing says so
    this.#warnOfDates(this.#certificateIn("certificate", certificate));
    const context = { minVersion: "TLSv1.2" as const, cert: certificate, key, requestCert: ca !== undefined };
    return ca === undefined ? context : { ...context, ca };
  }

  /** The first one. @throws Error if there is none */
  #certificateIn(what: string, pem: string | Buffer): X509Certificate {
    try {
      return new this.#crypto.X509Certificate(pem);
    } catch (cause) {
      throw new Error(`the ${what} file has no certificate in PEM`, { cause });
    }
  }

  #warnOfDates({ validFromDate, validToDate }: X509Certificate): void {
    const now = this.#events.clock.wallMs();
    if (validToDate.getTime() < now)
      this.#events.onWarning(`TLS: our certificate has expired (${validToDate.toISOString()})`);
    else if (validFromDate.getTime() > now)
      this.#events.onWarning(`TLS: our certificate is not valid before ${validFromDate.toISOString()}`);
  }
}

/**
 * Loads certificates and looks whether they can be used.
 *
 * @returns warnings
 * @throws JobServerError BAD_TLS
 */
export async function checkTls(settings: TlsSettings, clock: TlsEvents["clock"]): Promise<string[]> {
  const warnings: string[] = [];
  const onWarning = (text: string) => void warnings.push(text);
  await TlsGate.open(settings, { onSecure: () => undefined, onFailed: () => undefined, onWarning, clock });
  return warnings;
}

/** The plain socket below a TLS socket: not documented; without it only an address in a log line is missing. */
function parentOf(socket: TLSSocket): Socket | undefined {
  return (socket as unknown as { readonly _parent?: Socket })._parent;
}

/** @throws JobServerError BAD_TLS */
function usable<T>(act: () => T): T {
  try {
    return act();
  } catch (cause) {
    const text = cause instanceof Error ? handshakeFailure(cause) : String(cause);
    throw new JobServerError("BAD_TLS", `TLS: ${text}`, { cause });
  }
}
