import { Notes } from "../finding.ts";
import type { QueueAnswer } from "./check.ts";

const TOLERATED_MICROS = 2_000_000n;

/** Clocks of the workers' machines against this one, from the times in their results. */
export function examineClock(answers: readonly QueueAnswer[]): Notes {
  const notes = new Notes("clock");
  const differences = new Map<string, bigint>();
  for (const { answer } of answers) {
    if (answer.kind !== "result") continue;
    const { startTime, finishTime, source } = answer.result;
    if (startTime === undefined || finishTime === undefined) continue;
    const who = source?.toString("latin1").slice(0, 100) ?? "unnamed worker";
    differences.set(who, outside(startTime, finishTime, answer.sentMicros, answer.receivedMicros));
  }
  if (differences.size === 0) notes.skip("clocks of the workers: none answered a test job");
  for (const [who, micros] of differences) {
    if (micros <= TOLERATED_MICROS && micros >= -TOLERATED_MICROS) {
      notes.fine();
      continue;
    }
    const seconds = (Number(micros) / 1e6).toFixed(1);
    notes.critical({
      id: "clock-differs",
      what: `the clock of ${who} differs by ${seconds} s from that of this machine`,
      meaning: "Latencies and check times are wrong, freshness checks fail, and sealed jobs are refused.",
      advice: "Let both machines keep time (chrony, systemd-timesyncd).",
    });
  }
  return notes;
}

/** By how much the time of the worker lies outside of the time between sending and receiving; 0 if inside. */
function outside(start: bigint, finish: bigint, sent: bigint, received: bigint): bigint {
  if (start < sent) return start - sent;
  return finish > received ? finish - received : 0n;
}
