import { PerformanceObserver } from "node:perf_hooks";
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/** The part of V8 that is used. */
export interface Heap {
  /** Bytes of the young generation. */
  youngBytes(): number;
  /** No growth from now on. */
  freeze(): void;
  /** Calls `listener` after each collection, until the returned function is called. */
  onCollection(listener: () => void): () => void;
}

/** The heap of this process. */
export const processHeap: Heap = {
  youngBytes: () =>
    getHeapSpaceStatistics().find((space) => space.space_name === "new_space")?.physical_space_size ?? 0,
  freeze: () => setFlagsFromString("--semi-space-growth-factor=1"), // a size limit set this late has no effect
  onCollection(listener) {
    const observer = new PerformanceObserver(listener);
    observer.observe({ entryTypes: ["gc"] });
    return () => observer.disconnect();
  },
};

/**
 * Lets V8's young generation grow to about `maxBytes` and no further. By itself it grows past 100 MiB in a busy worker,
 * whose short-lived buffers need a few: that was two thirds of its memory (Node 24).
 */
export function limitYoungGeneration(maxBytes: number, heap: Heap = processHeap): void {
  const stop = heap.onCollection(() => {
    if (heap.youngBytes() < maxBytes) return;
    heap.freeze();
    stop();
  });
}
