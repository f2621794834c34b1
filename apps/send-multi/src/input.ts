import type { Readable } from "node:stream";
import type { Clock, Timer } from "@mod-gearman/base";
import type { ResultDelivery } from "@mod-gearman/delivery";
import type { MultiInput } from "./multi-input.ts";

export interface InputLimits {
  /** Longest wait for the next bytes; 0: no limit. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Called after each piece of the input. */
  readonly onPiece?: (() => void) | undefined;
}

/**
 * Feeds the input to `multi`, with back-pressure from the delivery.
 *
 * @returns the problem, if any; the input has been destroyed then
 */
export function readInput(
  input: Readable,
  multi: MultiInput,
  delivery: ResultDelivery,
  { timeoutMs, clock, onPiece }: InputLimits,
): Promise<Error | "timeout" | undefined> {
  return new Promise((resolve) => {
    let timer: Timer | undefined;
    const disarm = (): void => {
      if (timer !== undefined) clock.clearTimeout(timer);
      timer = undefined;
    };
    const arm = (): void => {
      disarm();
      if (timeoutMs > 0) timer = clock.setTimeout(() => stop("timeout"), timeoutMs);
    };
    const stop = (problem: Error | "timeout" | undefined): void => {
      disarm();
      input.destroy();
      resolve(problem);
    };
    const goOn = (): void => {
      arm();
      input.resume();
    };
    input.on("data", (chunk: Buffer) => {
      multi.push(chunk);
      onPiece?.();
      if (delivery.hasRoom) return arm();
      disarm();
      input.pause();
      void delivery.whenRoom().then(goOn);
    });
    input.once("end", () => {
      disarm();
      multi.end();
      resolve(undefined);
    });
    input.once("error", stop);
    arm();
  });
}
