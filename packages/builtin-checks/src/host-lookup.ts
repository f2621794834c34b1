import { type LookupAddress, type LookupAllOptions, lookup as systemLookup } from "node:dns";
import type { LookupFunction } from "node:net";

/** Node calls back with the error alone, although its types say otherwise. */
type Addresses = (error: NodeJS.ErrnoException | null, addresses?: LookupAddress[]) => void;

/** Looks a name up; may take as long as the system's resolver does. */
export type SystemLookup = (host: string, options: LookupAllOptions, done: Addresses) => void;

/** A name that is being looked up or queued. */
interface Entry {
  readonly host: string;
  readonly waiting: { readonly signal: AbortSignal; readonly done: Addresses }[];
}

const MAX_AT_ONCE = 2;
const MAX_WAITING = 1000;

/**
 * Resolves names, two at a time, each once for all waiting callers. A look-up occupies one of the four threads of the
 * pool that file operations need too: name servers that do not answer must not stall the rest of the process.
 */
export class HostLookup {
  readonly #system: SystemLookup;
  readonly #entries = new Map<string, Entry>();
  readonly #queue: Entry[] = [];
  #running = 0;

  constructor(system: SystemLookup = systemLookup) {
    this.#system = system;
  }

  /** The `lookup` of one connection; a queued name is skipped once all its callers' signals are aborted. */
  for(signal: AbortSignal): LookupFunction {
    return (host, options, done) => {
      this.#add(host, {
        signal,
        done: (error, addresses = []) => {
          const [first] = addresses;
          if (error !== null) done(error, "", 0);
          else if (options.all) done(null, addresses);
          else done(null, first?.address ?? "", first?.family ?? 0);
        },
      });
    };
  }

  #add(host: string, waiter: Entry["waiting"][number]): void {
    const known = this.#entries.get(host);
    if (known !== undefined) {
      known.waiting.push(waiter);
      return;
    }
    if (this.#queue.length >= MAX_WAITING) {
      const error: NodeJS.ErrnoException = new Error("too many names to look up");
      waiter.done(Object.assign(error, { code: "EAI_AGAIN" }));
      return;
    }
    const entry = { host, waiting: [waiter] };
    this.#entries.set(host, entry);
    this.#queue.push(entry);
    this.#startNext();
  }

  #startNext(): void {
    while (this.#running < MAX_AT_ONCE) {
      const entry = this.#queue.shift();
      if (entry === undefined) return;
      if (entry.waiting.every(({ signal }) => signal.aborted)) this.#entries.delete(entry.host);
      else this.#start(entry);
    }
  }

  #start(entry: Entry): void {
    this.#running++;
    this.#system(entry.host, { all: true }, (error, addresses) => {
      this.#running--;
      this.#entries.delete(entry.host);
      this.#startNext();
      for (const { done } of entry.waiting) done(error, addresses);
    });
  }
}
