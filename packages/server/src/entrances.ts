import type { AddressInfo, Socket } from "node:net";
import type { Logger } from "@mod-gearman/observe";
import type { Accepted } from "./connection.ts";
import { JobServerError } from "./core/errors.ts";
import { Listener } from "./listener.ts";
import type { EntranceSettings, Settings } from "./options.ts";
import { TlsGate } from "./tls-gate.ts";

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
  readonly listener: Listener;
  gate: TlsGate | undefined;
}

/** All ways in: listening sockets, with TLS in front where it is set. */
export class Entrances {
  readonly #clock: Settings["clock"];
  readonly #events: EntranceEvents;
  readonly #entrances: readonly Entrance[];
  #isClosed = false;

  constructor(settings: Settings, events: EntranceEvents) {
    this.#clock = settings.clock;
    this.#events = events;
    this.#entrances = settings.entrances.map((own): Entrance => {
      const listener: Listener = new Listener({
        ...settings,
        ...own,
        onSocket: (socket) => this.#onSocket(socket, entrance),
        onListening: (address) => events.onListening(address),
        onProblem: (text) => events.onProblem(text),
        onAcceptError: (error) => events.onAcceptError(error),
      });
      const entrance: Entrance = { settings: own, listener, gate: undefined };
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
      onSecure: (duplex) => this.#events.onEntered({ duplex }, entrance.settings),
      onFailed: (text) => {
        if (!this.#isClosed) this.#events.onHandshakeFailed(text);
      },
      onWarning: (text) => this.#events.onProblem(text),
      clock: this.#clock,
    });
  }

  #onSocket(socket: Socket, { settings, gate }: Entrance): void {
    if (!this.#events.mayEnter(socket)) return;
    if (gate === undefined) this.#events.onEntered({ socket }, settings);
    else gate.admit(socket);
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
