import { type AddressInfo, createServer, type Server } from "node:net";
import { encodePacket, FrameDecoder, PacketType } from "@mod-gearman/protocol";

const MAX_BODY_BYTES = 1024 * 1024;
const created = encodePacket("RES", { name: "JOB_CREATED", handle: Buffer.from("H:sink:1") });

/** A job server that accepts every job and stores none, for streams of any length. */
export class ResultSink {
  readonly port: number;
  readonly #server: Server;
  readonly #counter: { jobs: number };

  private constructor(server: Server, counter: { jobs: number }) {
    this.#server = server;
    this.#counter = counter;
    this.port = (server.address() as AddressInfo).port;
  }

  /** Listens on a free port of the loopback interface. */
  static listen(): Promise<ResultSink> {
    const counter = { jobs: 0 };
    const server = createServer((socket) => {
      const decoder = new FrameDecoder(MAX_BODY_BYTES);
      socket.on("error", () => undefined);
      socket.on("data", (chunk: Buffer) => {
        const submits = decoder.push(chunk).filter(({ type }) => type === PacketType.SUBMIT_JOB_BG).length;
        counter.jobs += submits;
        socket.write(Buffer.concat(new Array<Buffer>(submits).fill(created)));
      });
    });
    return new Promise((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve(new ResultSink(server, counter)));
    });
  }

  /** Accepted so far. */
  get jobs(): number {
    return this.#counter.jobs;
  }

  close(): void {
    this.#server.close();
  }
}
