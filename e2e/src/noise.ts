import { PACKET, request } from "./gearman-wire.ts";
import { randomFrom } from "./random.ts";

const TYPES = 45;
const LINES = [
  "status",
  "workers",
  "show jobs",
  "show counters",
  "maxqueue f 1",
  "cancel job H:x:1",
  "version",
];

/** Requests, most of which are damaged. */
export interface Noise {
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number;
  message(): Buffer;
}

/** @param seed gives the same noise again */
export function noise(seed: number): Noise {
  const random = randomFrom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const bytes = (most: number) => Buffer.from(Array.from({ length: below(most) }, () => below(256)));
  const damaged = (): Buffer => {
    const whole = request(below(TYPES), Buffer.concat([Buffer.from("f\0u\0"), bytes(200)]));
    for (let n = below(4); n > 0; n--) whole[below(whole.length)] = below(256);
    return below(4) === 0 ? whole.subarray(0, below(whole.length)) : whole;
  };
  const line = (): Buffer => {
    const text = LINES[below(LINES.length)] ?? "";
    return Buffer.concat([Buffer.from(text), bytes(20), Buffer.from(below(5) === 0 ? "" : "\n")]);
  };
  const kinds = [
    damaged,
    line,
    () => bytes(400),
    () => request(PACKET.SUBMIT_JOB, Buffer.concat([Buffer.from("f\0"), bytes(100)])),
    () => request(PACKET.CAN_DO, bytes(9000)),
    () => request(PACKET.GRAB_JOB),
  ];
  return { below, message: () => (kinds[below(kinds.length)] ?? damaged)() };
}
