import type { AddressInfo, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Logger } from "@mod-gearman/observe";
import { certificateNames } from "./certificate-names.ts";
import type { Accepted } from "./connection.ts";
import { JobServerError } from "./core/errors.ts";
import { fitsPattern, Guard } from "./core/guard.ts";
import { Listener } from "./listener.ts";
import type { EntranceSettings, Settings } from "./options.ts";
import { TlsGate } from "./tls-gate.ts";
import { UnixListener } from "./unix-listener.ts";

export interface EntranceEvents {
  /** @returns false: the socket has been closed */
  mayEnter(socket: Socket): boolean;
  /** A new peer, after the handshake where there is one. */
  onEntered(accepted: Accepted, entrance: EntranceSettings): void;
  onListening(address: AddressInfo): void;
  /** An address is retried or skipped, or something is wrong with a certificate. */
  onProblem(text: string): void;
  /** A peer was cut off before it could make a request. */
  onHandshakeFailed(text: string): void;
  onAcceptError(error: Error): void;
}

interface Entrance {
  readonly settings: EntranceSettings;
  readonly listener: Listener | UnixListener;
  /** Of peers without further rights; undefined: everything. */
  readonly guard: Guard | undefined;
  gate: TlsGate | undefined;
}

/** All ways in: listening sockets, with TLS in front where it is set. */
export class Entrances {
  readonly #clock: Settings["clock"];
  readonly #events: EntranceEvents;
  readonly #entrances: readonly Entrance[];
  readonly #clientRights: Settings["clientRights"];
  #isClosed = false;

  constructor(settings: Settings, events: EntranceEvents) {
    this.#clock = settings.clock;
    this.#events = events;
    this.#clientRights = settings.clientRights;
    this.#entrances = settings.entrances.map((own): Entrance => {
      const options = {
        ...settings,
        ...own,
        onSocket: (socket: Socket) => this.#onSocket(socket, entrance),
        onListening: (address: AddressInfo) => events.onListening(address),
        onProblem: (text: string) => events.onProblem(text),
        onAcceptError: (error: Error) => events.onAcceptError(error),
      };
      const { unix, rights } = own;
      const listener: Entrance["listener"] =
        unix === undefined ? new Listener(options) : new UnixListener({ ...options, unix });
      const guard = rights && new Guard([rights]);
      const entrance: Entrance = { settings: own, listener, guard, gate: undefined };
      return entrance;
    });
  }

  /** Address of the first one; undefined if it does not listen. */
  address(): AddressInfo | undefined {
    return this.addresses()[0];
  }

  addresses(): AddressInfo[] {
    return this.#entrances.flatMap(({ listener }) => listener.address() ?? []);
  }

  /** Peers whose handshake is not finished. */
  get pending(): number {
    return this.#entrances.reduce((sum, { gate }) => sum + (gate?.pending ?? 0), 0);
  }

  /** On all or, if that fails, on none. @throws JobServerError as the listener, and BAD_TLS */
  async listen(): Promise<AddressInfo> {
    try {
      for (const entrance of this.#entrances) await this.#openGate(entrance);
      for (const { listener } of this.#entrances) await listener.listen();
      const bound = this.address();
      if (bound === undefined) throw new JobServerError("CLOSED", "closed while starting");
      return bound;
    } catch (error) {
      for (const { listener } of this.#entrances) listener.close();
      throw error;
    }
  }

  /** Certificates are loaded again, for peers from now on; those that cannot be used are reported, and the old ones stay. */
  renewTls(logger: Pick<Logger, "error" | "info">): void {
    const gates = this.#entrances.flatMap(({ gate }) => gate ?? []);
    const problems = gates.flatMap((gate) => problemOf(() => gate.renew()) ?? []);
    for (const text of problems) logger.error(`${text}, the certificates in use stay`);
    if (gates.length > problems.length) logger.info("TLS: certificates read again");
  }

  /** Accepts no further peers; those that have entered are not affected. */
  close(): void {
    this.#isClosed = true;
    for (const { listener, gate } of this.#entrances) {
      listener.close();
      gate?.close();
    }
  }

  async #openGate(entrance: Entrance): Promise<void> {
    const { tls } = entrance.settings;
    if (tls === undefined) return;
    entrance.gate = await TlsGate.open(tls, {
      onSecure: (duplex) =>
        this.#enter({ duplex, guard: this.#guardOf(duplex, entrance), isInRecords: true }, entrance),
      onFailed: (text) => {
        if (!this.#isClosed) this.#events.onHandshakeFailed(text);
      },
      onWarning: (text) => this.#events.onProblem(text),
      clock: this.#clock,
    });
  }

  #onSocket(socket: Socket, entrance: Entrance): void {
    if (!this.#events.mayEnter(socket)) return;
    if (entrance.gate === undefined) this.#enter({ socket, guard: entrance.guard }, entrance);
    else entrance.gate.admit(socket);
  }

  #enter(accepted: Accepted, { settings }: Entrance): void {
    this.#events.onEntered({ ...accepted, isUnix: settings.unix !== undefined }, settings);
  }

  #guardOf(socket: TLSSocket, { guard }: Entrance): Guard | undefined {
    if (this.#clientRights.length === 0) return guard;
    const names = certificateNames(socket);
    const rights = this.#clientRights.filter((one) => names.some((name) => fitsPattern(one.name, name)));
    return rights.length === 0 ? guard : new Guard(rights);
  }
}

function problemOf(act: () => void): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
