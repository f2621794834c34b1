import { Duplex } from "node:stream";

/**
 * Two connected ends in memory that behave like the two ends of a TCP connection: bytes arrive in order and on a
 * later turn, writers wait for slow readers, `end()` is seen as the end of the stream, `destroy()` of one end
 * ends the other one as well (`destroy(error)` as ECONNRESET).
 */
export function duplexPair(): [Duplex, Duplex] {
  const left = new PairEnd();
  const right = new PairEnd();
  left.peer = right;
  right.peer = left;
  return [left, right];
}

/** Internal. */
class PairEnd extends Duplex {
  peer: PairEnd | undefined;
  #resume: (() => void) | undefined; // continues the peer's write when this end wants more bytes
  #ended = false;

  constructor() {
    super({ allowHalfOpen: false });
  }

  override _read(): void {
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    const peer = this.peer;
    if (peer === undefined || peer.destroyed) done(codedError("EPIPE"));
    else setImmediate(() => peer.#deliver(Buffer.from(chunk), done));
  }

  override _final(done: () => void): void {
    setImmediate(() => {
      this.peer?.deliverEnd();
      done();
    });
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const peer = this.peer;
    this.peer = undefined;
    this._read(); // a writer that waits for this end must not wait without limit
    setImmediate(() => {
      if (error === null) peer?.deliverEnd();
      else peer?.destroy(codedError("ECONNRESET"));
    });
    done(error);
  }

  #deliver(chunk: Buffer, done: (error?: Error | null) => void): void {
    if (this.destroyed || this.#ended) done(codedError("EPIPE"));
    else if (this.push(chunk)) done();
    else this.#resume = done;
  }

  deliverEnd(): void {
    if (this.destroyed || this.#ended) return;
    this.#ended = true;
    this.push(null);
  }
}

function codedError(code: "EPIPE" | "ECONNRESET"): Error {
  return Object.assign(new Error(code), { code });
}
