import * as z from "zod/mini";
import { formatFixed, formatGeneral } from "./go-format.ts";
import { listOf, readAs, Text } from "./json-answer.ts";
import { stateNumber } from "./states.ts";

/** The agent sent something other than a check result. */
export class AnswerError extends Error {
  override readonly name: string = "AnswerError";
  readonly code = "BAD_ANSWER";
}

const UNKNOWN = 3;

/** A value of performance data; agents send numbers and texts, so each field is examined when printed. */
const Perf = z.looseObject({});
const V1 = z.object({
  result: z.int({ error: "result is not a number" }),
  command: Text,
  lines: listOf(
    z.object({
      message: Text,
      perf: z.pipe(
        z.nullish(z.record(z.string(), Perf)),
        z.transform((perf) => perf ?? {}),
      ),
    }),
  ),
});
const LegacyPerf = z.object({ alias: Text, int_value: z.nullish(Perf), float_value: z.nullish(Perf) });
const LegacyPayload = z.object({
  command: Text,
  result: Text,
  lines: listOf(z.object({ message: Text, perf: listOf(LegacyPerf) })),
});
const Legacy = z.object({ payload: listOf(LegacyPayload) });

type NscPerf = z.infer<typeof Perf>;

/** The answer of an agent, whichever API it came by. */
export type NscAnswer = z.infer<typeof V1>;

/**
 * Reads the body of an answer.
 *
 * @throws AnswerError
 * Source: `check_nsc_web: pkg/checknscweb/check.go`, the types `queryV1` and `queryLegacy`.
 */
export function parseAnswer(body: Buffer, isV1: boolean): NscAnswer {
  let json: unknown;
  try {
    json = JSON.parse(body.toString());
  } catch (error) {
    throw jsonError((error as Error).message);
  }
  return isV1 ? readAs(V1, json, jsonError) : fromLegacy(readAs(Legacy, json, jsonError));
}

function jsonError(problem: string): AnswerError {
  return new AnswerError(`json error: ${problem}`);
}

/** @throws AnswerError */
function fromLegacy({ payload: [first] }: z.infer<typeof Legacy>): NscAnswer {
  if (first === undefined) throw new AnswerError("resultpayload size is 0");
  const lines = first.lines.flatMap(({ message, perf }) => [
    { message, perf: {} },
    // each value becomes a separate line, which preserves their order
    ...perf.flatMap(({ alias, int_value, float_value }) => {
      const value = float_value ?? int_value;
      return value ? [{ message: "", perf: { [alias]: value } }] : [];
    }),
  ]);
  return { command: first.command, lines, result: stateNumber(first.result) ?? UNKNOWN };
}

/** Message and performance data as a plugin prints them. `floatDigits`: see the options. */
export function printAnswer({ lines }: NscAnswer, floatDigits: number): string {
  const messages = lines.map(({ message }) => message.trim()).join("");
  const perf = lines.flatMap((line) =>
    Object.keys(line.perf)
      .sort()
      .flatMap((name) => printPerf(name, line.perf[name] ?? {}, floatDigits)),
  );
  return perf.length === 0 ? `${messages} ` : `${messages} |${perf.join(" ").trim()}`;
}

function printPerf(name: string, perf: NscPerf, floatDigits: number): string[] {
  const { value, unit, warning, critical, minimum, maximum } = perf;
  if (value === undefined || value === null) return [];
  const number = (given: unknown) => (typeof given === "number" ? formatFixed(given, floatDigits) : "");
  const shown = typeof value === "string" ? value : number(value);
  const limits = [general(warning), general(critical), number(minimum), number(maximum)].join(";");
  return [`'${name}'=${shown}${typeof unit === "string" ? unit : ""};${limits}`];
}

function general(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "number") return formatGeneral(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The answer as JSON in the form of API version 1, keys in the order of the original program. */
export function answerJson({ command, lines, result }: NscAnswer): string {
  const perfJson = ({ value, unit, warning, critical, minimum, maximum }: NscPerf) => {
    const kept = Object.entries({ value, unit, warning, critical, minimum, maximum });
    return Object.fromEntries(kept.filter(([, entry]) => entry !== undefined && entry !== null));
  };
  const text = JSON.stringify({
    command,
    lines: lines.map(({ message, perf }) => {
      const names = Object.keys(perf).sort();
      return {
        message,
        perf:
          names.length === 0
            ? null
            : Object.fromEntries(names.map((name) => [name, perfJson(perf[name] ?? {})])),
      };
    }),
    result,
  });
  return text.replace(/[<>&\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
