import type { ServerResponse } from "node:http";
import type { Clock, Timer } from "@mod-gearman/base";
import type { SiteSnapshot, Viewers } from "../model/snapshot.ts";

const EVERY_MS = 1000;
/** Beyond it a viewer does not read, and is dropped. */
const MOST_UNREAD_BYTES = 1024 * 1024;

/** Sends one snapshot a second to all viewers, made once for all, and none without viewers. */
export class EventHub {
  readonly #take: () => Promise<SiteSnapshot>;
  readonly #clock: Pick<Clock, "setTimeout" | "clearTimeout">;
  readonly #most: number;
  readonly #viewers = new Set<ServerResponse>();
  #timer: Timer | undefined;
  #first: { readonly snapshot: SiteSnapshot; readonly bytes: Buffer } | undefined;
  #refused = 0;
  #dropped = 0;

  /** @param most viewers at once */
  constructor(
    take: () => Promise<SiteSnapshot>,
    clock: Pick<Clock, "setTimeout" | "clearTimeout">,
    most: number,
  ) {
    this.#take = take;
    this.#clock = clock;
    this.#most = most;
  }

  get counts(): Viewers {
    return { now: this.#viewers.size, refused: this.#refused, dropped: this.#dropped };
  }

  /** Whether there is room for one more viewer; if not, it is counted. */
  hasRoom(): boolean {
    if (this.#viewers.size < this.#most) return true;
    this.#refused += 1;
    return false;
  }

  /** `response`, whose head is written, gets everything now and what is new from the next second on. */
  async add(response: ServerResponse): Promise<void> {
    this.#viewers.add(response);
    response.on("close", () => this.#remove(response));
    if (this.#timer === undefined) this.#arm();
    const snapshot = await this.#take();
    if (this.#viewers.has(response)) response.write(this.#whole(snapshot));
  }

  close(): void {
    for (const viewer of [...this.#viewers]) viewer.destroy();
    this.#viewers.clear();
    this.#stop();
  }

  /** The first event of all viewers that come while the snapshot is the newest. */
  #whole(snapshot: SiteSnapshot): Buffer {
    if (this.#first?.snapshot !== snapshot) this.#first = { snapshot, bytes: Buffer.from(eventOf(snapshot)) };
    return this.#first.bytes;
  }

  #remove(viewer: ServerResponse): void {
    this.#viewers.delete(viewer);
    if (this.#viewers.size === 0) this.#stop();
  }

  #stop(): void {
    this.#first = undefined;
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(): void {
    this.#timer = this.#clock.setTimeout(() => {
      this.#arm();
      this.#take().then(
        (snapshot) => this.#send(eventOf(newestOnly(snapshot))),
        () => undefined, // the program could not be read this time: viewers see that nothing comes
      );
    }, EVERY_MS);
  }

  #send(event: string): void {
    const bytes = Buffer.from(event);
    for (const viewer of [...this.#viewers]) {
      if (viewer.writableLength > MOST_UNREAD_BYTES) {
        this.#dropped += 1;
        viewer.destroy();
      } else viewer.write(bytes);
    }
  }
}

/** Viewers keep the history themselves: after the first event they get its last value only. */
function newestOnly(snapshot: SiteSnapshot): SiteSnapshot {
  return {
    ...snapshot,
    queues: snapshot.queues.map((queue) => ({ ...queue, history: queue.history.slice(-1) })),
  };
}

const eventOf = (snapshot: SiteSnapshot): string => `data: ${JSON.stringify(snapshot)}\n\n`;
