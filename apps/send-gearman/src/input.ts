import type { Readable } from "node:stream";
import type { Clock } from "@mod-gearman/base";

export type WholeInput =
  | { readonly bytes: Buffer }
  | { readonly problem: "timeout" | "too long" }
  | { readonly problem: "unreadable"; readonly text: string };

export interface ReadLimits {
  readonly maxBytes: number;
  /** Longest wait from the call to the end of the input; 0: no limit. */
  readonly timeoutMs: number;
}

/** Reads to the end of the input. On a problem the input is destroyed. */
export function readAll(input: Readable, limits: ReadLimits, clock: Clock): Promise<WholeInput> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const settle = (outcome: WholeInput): void => {
      if (timer !== undefined) clock.clearTimeout(timer);
      if ("problem" in outcome) input.destroy();
      resolve(outcome);
    };
    const timer =
      limits.timeoutMs === 0
        ? undefined
        : clock.setTimeout(() => settle({ problem: "timeout" }), limits.timeoutMs);
    input.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > limits.maxBytes) settle({ problem: "too long" });
      else chunks.push(chunk);
    });
    input.once("end", () => settle({ bytes: Buffer.concat(chunks, bytes) }));
    input.once("error", (error) => settle({ problem: "unreadable", text: error.message }));
  });
}
