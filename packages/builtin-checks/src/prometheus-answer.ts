import { setImmediate as nextTurn } from "node:timers/promises";
import * as z from "zod/mini";
import { listOf, readAs, Text } from "./json-answer.ts";

export interface Sample {
  /** Seconds since 1970. */
  readonly time: number;
  readonly value: number;
}

export type Labels = ReadonlyMap<string, string>;

export type QueryResult =
  | { readonly type: "scalar"; readonly sample: Sample }
  | { readonly type: "vector"; readonly series: readonly { metric: Labels; sample: Sample }[] }
  | { readonly type: "matrix"; readonly series: readonly { metric: Labels; samples: readonly Sample[] }[] };

export interface Target {
  readonly labels: Labels;
  /** `up`, `down` or `unknown`. */
  readonly health: string;
}

/** The server cannot be reached or reports an error; the message is the whole reason. */
export class ApiError extends Error {
  override readonly name: string = "ApiError";
  readonly code = "API";
}

/** Entries parsed before other jobs run. */
const ENTRIES_PER_TURN = 1000;

const LabelMap = z.pipe(
  z.nullish(z.record(z.string(), Text)),
  z.transform((labels): Labels => new Map(Object.entries(labels ?? {}))),
);
const NO_TIME = { error: "a sample has no time" };
const Value = z.string().check(z.refine((text) => numberOf(text) !== undefined, "a sample has no value"));
const SamplePair = z.pipe(
  z.tuple([z.number(NO_TIME), Value]),
  z.transform(([time, text]): Sample => ({ time, value: numberOf(text) ?? Number.NaN })),
);
/** A native histogram has no value. */
const HistogramPair = z.pipe(
  z.tuple([z.number(NO_TIME)], z.unknown()),
  z.transform(([time]): Sample => ({ time, value: 0 })),
);
const VectorEntry = z.object({
  metric: LabelMap,
  value: z.nullish(SamplePair),
  histogram: z.nullish(HistogramPair),
});
const MatrixEntry = z.object({ metric: LabelMap, values: listOf(SamplePair) });
const TargetEntry = z.object({ labels: LabelMap, health: Text });
const Entries = listOf(z.unknown());
const Answer = z.object({ status: Text, errorType: Text, error: Text, data: z.optional(z.unknown()) });
const QueryData = z.object({ resultType: Text, result: z.optional(z.unknown()) });
const TargetsData = z.object({ activeTargets: Entries });

/**
 * Reads the answer to a query. A 400 or 422 carries the reason in its body.
 *
 * @throws ApiError
 */
export async function readQueryAnswer(status: number, body: Buffer): Promise<QueryResult> {
  const { resultType, result } = read(QueryData, readData(status, body));
  await nextTurn(); // parsing a large answer takes a while
  switch (resultType) {
    case "scalar":
      return { type: "scalar", sample: read(SamplePair, result) };
    case "vector": {
      const entries = await readEntries(VectorEntry, result);
      const series = entries.map(({ metric, value, histogram }) => {
        const sample = value ?? histogram;
        if (!sample) throw badResponse(NO_TIME.error);
        return { metric, sample };
      });
      return { type: "vector", series };
    }
    case "matrix": {
      const entries = await readEntries(MatrixEntry, result);
      return { type: "matrix", series: entries.map(({ metric, values }) => ({ metric, samples: values })) };
    }
    default:
      throw new ApiError(`unexpected value type ${JSON.stringify(resultType)}`);
  }
}

/** @throws ApiError */
export async function readTargetsAnswer(body: Buffer): Promise<readonly Target[]> {
  const { status, data } = read(Answer, parseJson(body));
  if (status !== "success") throw new ApiError(`the API target return status was ${status}`);
  await nextTurn();
  return readEntries(TargetEntry, read(TargetsData, data).activeTargets);
}

function readData(status: number, body: Buffer): unknown {
  const isApiError = status === 400 || status === 422;
  const kind = Math.trunc(status / 100);
  if (kind !== 2 && !isApiError) {
    if (kind === 4) throw new ApiError(`client_error: client error: ${status}`);
    if (kind === 5) throw new ApiError(`server_error: server error: ${status}`);
    throw badResponse(`bad response code ${status}`);
  }
  const answer = read(Answer, parseJson(body));
  if (isApiError && answer.status === "success") {
    throw badResponse("inconsistent body for response code");
  }
  if (answer.status !== "success") throw new ApiError(`${answer.errorType}: ${answer.error}`);
  return answer.data;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw badResponse((error as Error).message);
  }
}

function badResponse(problem: string): ApiError {
  return new ApiError(`bad_response: ${problem}`);
}

/** @throws ApiError */
function read<T extends z.ZodMiniType>(schema: T, value: unknown): z.output<T> {
  return readAs(schema, value, badResponse);
}

/** @throws ApiError */
async function readEntries<T extends z.ZodMiniType>(schema: T, list: unknown): Promise<z.output<T>[]> {
  const entries: z.output<T>[] = [];
  for (const entry of read(Entries, list)) {
    entries.push(read(schema, entry));
    if (entries.length % ENTRIES_PER_TURN === 0) await nextTurn();
  }
  return entries;
}

function numberOf(text: string): number | undefined {
  if (text === "NaN") return Number.NaN;
  if (/^[+-]?Inf$/.test(text))
    return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const value = Number(text);
  return text === "" || Number.isNaN(value) ? undefined : value;
}
