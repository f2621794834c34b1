import type { Direction } from "../../src/index.ts";
import { loadVectors } from "../vectors.ts";

/** `vectors/envelope-v2.json`. */
export interface EnvelopeVectors {
  readonly master: string;
  readonly secrets: readonly {
    readonly direction: Direction;
    readonly queue?: string;
    readonly name?: string;
    readonly epoch: number;
    readonly secret: string;
    readonly keyId: string;
  }[];
  readonly messages: readonly {
    readonly name: string;
    readonly direction: Direction;
    readonly queue: string;
    readonly epoch: number;
    readonly keyId: string;
    readonly secret: string;
    readonly bootId: string;
    readonly counter: number;
    readonly timeMs: number;
    readonly plaintext: string;
    readonly ciphertext: string;
  }[];
  readonly receiver: {
    readonly direction: Direction;
    readonly queue: string;
    readonly epoch: number;
    readonly keyId: string;
    readonly secret: string;
    readonly revokedId: string;
    readonly maxTextBytes: number;
  };
  readonly enrolment: {
    readonly bridgePublic: string;
    readonly tickets: readonly {
      readonly seed: string;
      readonly secret: string;
      readonly keyId: string;
      readonly queue: string;
      readonly servers: string;
      readonly text: string;
      readonly machinePrivate: string;
      readonly machinePublic: string;
      readonly answerSecret: string;
    }[];
  };
  readonly refusals: readonly {
    readonly name: string;
    readonly ciphertext: string;
    readonly reason: string;
  }[];
}

export const vectors = loadVectors<EnvelopeVectors>("envelope-v2");
export const hex = (text: string): Buffer => Buffer.from(text, "hex");
