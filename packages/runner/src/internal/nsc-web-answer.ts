import { formatFixed, formatGeneral } from "./go-format.ts";
import { stateNumber } from "./states.ts";

/** A value of performance data as the agents send it. */
interface NscPerf {
  readonly value?: unknown;
  readonly unit?: unknown;
  readonly warning?: unknown;
  readonly critical?: unknown;
  readonly minimum?: unknown;
  readonly maximum?: unknown;
}

/** The answer of an agent, whichever API it came by. */
export interface NscAnswer {
  readonly command: string;
  readonly lines: readonly { readonly message: string; readonly perf: Readonly<Record<string, NscPerf>> }[];
  readonly result: number;
}

/** The agent sent something else than a check result. */
export class AnswerError extends Error {
  override readonly name: string = "AnswerError";
  readonly code = "BAD_ANSWER";
}

const UNKNOWN = 3;

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
    throw new AnswerError(`json error: ${(error as Error).message}`);
  }
  return isV1 ? fromV1(asObject(json)) : fromLegacy(asObject(json));
}

function fromV1(json: Record<string, unknown>): NscAnswer {
  if (!Number.isInteger(json.result)) throw new AnswerError("json error: result is not a number");
  const lines = asArray(json.lines).map(asObject);
  return {
    command: asText(json.command),
    lines: lines.map(({ message, perf }) => ({
      message: asText(message),
      perf: Object.fromEntries(
        Object.entries(perf === undefined || perf === null ? {} : asObject(perf)).map(
          ([name, value]) => [name, asObject(value)] as const,
        ),
      ),
    })),
    result: json.result as number,
  };
}

function fromLegacy(json: Record<string, unknown>): NscAnswer {
  const [first] = asArray(json.payload).map(asObject);
  if (first === undefined) throw new AnswerError("resultpayload size is 0");
  const lines = asArray(first.lines)
    .map(asObject)
    .flatMap(({ message, perf }) => [
      { message: asText(message), perf: {} },
      // each value becomes a line of its own, so that their order stays
      ...asArray(perf)
        .map(asObject)
        .flatMap(({ alias, int_value, float_value }) => {
          const value = float_value ?? int_value ?? undefined;
          return value === undefined ? [] : [{ message: "", perf: { [asText(alias)]: asObject(value) } }];
        }),
    ]);
  return { command: asText(first.command), lines, result: stateNumber(asText(first.result)) ?? UNKNOWN };
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

function asObject(value: unknown): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new AnswerError("json error: unexpected type of value");
}

function asArray(value: unknown): unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw new AnswerError("json error: unexpected type of value");
}

function asText(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value;
  throw new AnswerError("json error: unexpected type of value");
}
