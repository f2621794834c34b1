import type { Epn, EpnOrder, EpnOutcome, EpnSettings, Unavailable } from "@mod-gearman/epn-client";

/** Embedded Perl that runs no plugin. */
export class FakeEpn implements Epn {
  /** In order. */
  readonly calls: string[] = [];
  readonly orders: { readonly order: EpnOrder; readonly done: (outcome: EpnOutcome) => void }[] = [];
  settings: EpnSettings;
  /** Resolves `drain`. */
  drained: () => void = () => undefined;

  constructor(settings: EpnSettings) {
    this.settings = settings;
  }

  get active(): number {
    return this.orders.length;
  }

  async start(): Promise<boolean> {
    this.calls.push("start");
    return true;
  }

  run(order: EpnOrder, done: (outcome: EpnOutcome) => void): Unavailable | undefined {
    this.orders.push({ order, done });
    return undefined;
  }

  reload(settings: EpnSettings): void {
    this.calls.push("reload");
    this.settings = settings;
  }

  async abortAll(how?: "at once"): Promise<void> {
    this.calls.push(`abort ${how ?? "in order"}`);
    for (const { done } of this.orders.splice(0)) done({ ...NOTHING, aborted: true });
  }

  drain(): Promise<void> {
    this.calls.push("drain");
    return new Promise((resolve) => {
      this.drained = resolve;
    });
  }

  async close(): Promise<void> {
    this.calls.push("close");
  }

  abandon(): void {
    this.calls.push("abandon");
    for (const { done } of this.orders.splice(0)) done({ ...NOTHING, aborted: true });
  }

  describe(): string[] {
    return [`embedded Perl: ${this.settings.script}`];
  }
}

const NOTHING = {
  ...{ stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), truncatedBytes: 0 },
  ...{
    timedOut: false,
    aborted: false,
    startedAt: 1_700_000_000_000_000n,
    finishedAt: 1_700_000_000_250_000n,
  },
};
