import type { Duplex } from "node:stream";

import { encodeMessage, MessageDecoder } from "../src/link/codec.ts";
import type { Message, MessageName } from "../src/link/fields.ts";

/** The shim's end of a connection to the bridge; records everything received. */
export class FakeShim {
  readonly received: Message[] = [];
  readonly #socket: Duplex;
  closed = false;

  constructor(socket: Duplex) {
    this.#socket = socket;
    const decoder = new MessageDecoder();
    socket.on("data", (chunk: Buffer) => this.received.push(...decoder.push(chunk)));
    for (const event of ["end", "close", "error"]) {
      socket.on(event, () => {
        this.closed = true;
      });
    }
  }

  /** Sends messages, all in one write. */
  send(...messages: Message[]): void {
    this.#socket.write(Buffer.concat(messages.map((message) => encodeMessage(message))));
  }

  sendRaw(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  hello(fields: Partial<Message<"HELLO">> = {}): void {
    this.send({
      name: "HELLO",
      version: 1,
      core_name: Buffer.from("naemon"),
      core_version: Buffer.from("1.5.2"),
      shim_version: Buffer.from("0"),
      abi_class: Buffer.from("naemon-1.5.1"),
      pid: 4711,
      instance: Buffer.from("default"),
      broker_options: -1n,
      window: 100,
      heartbeat_ms: 5000,
      module_args: Buffer.from("server=localhost"),
      ...fields,
    });
  }

  /** Messages of one kind, oldest first. */
  all<N extends MessageName>(name: N): Message<N>[] {
    return this.received.filter((message) => message.name === name) as unknown as Message<N>[];
  }

  last<N extends MessageName>(name: N): Message<N> | undefined {
    return this.all(name).at(-1);
  }

  drop(): void {
    this.#socket.destroy();
  }
}
