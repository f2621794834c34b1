import { setImmediate as nextTurn } from "node:timers/promises";
import { HttpError } from "./http-error.ts";
import { type HttpRequest, httpRequest } from "./http-request.ts";

/** One value of a series. */
export interface Sample {
  /** Seconds since 1970. */
  readonly time: number;
  readonly value: number;
}

/** Answer to a query. */
export type QueryResult =
  | { readonly type: "scalar"; readonly sample: Sample }
  | { readonly type: "vector"; readonly series: readonly { metric: Labels; sample: Sample }[] }
  | { readonly type: "matrix"; readonly series: readonly { metric: Labels; samples: readonly Sample[] }[] };

/** Labels of a series. */
export type Labels = ReadonlyMap<string, string>;

/** A target as the server scrapes it. */
export interface Target {
  readonly labels: Labels;
  /** `up`, `down` or `unknown`. */
  readonly health: string;
}

/** The server cannot be asked, or says no; the message is the whole reason. */
export class ApiError extends Error {
  override readonly name: string = "ApiError";
  readonly code = "API";
}

/** Everything of a request but what is asked. */
export type ApiContext = Pick<HttpRequest, "headers" | "tls" | "signal" | "timeoutMs"> & {
  readonly address: URL;
};

const MAX_RESULT_BYTES = 4 * 1024 * 1024;
const MAX_TARGETS_BYTES = 16 * 1024 * 1024; // some KiB for each target of a cluster
const FORM = "application/x-www-form-urlencoded";

/**
 * Asks for the value of an expression at a time, with POST and where that is not allowed with GET.
 *
 * @param atSeconds since 1970
 * @throws ApiError
 * Source: HTTP API of Prometheus, "Instant queries"; `client_golang: api/prometheus/v1/api.go`.
 */
export async function queryInstant(
  context: ApiContext,
  query: string,
  atSeconds: number,
): Promise<QueryResult> {
  const url = endpoint(context.address, "api/v1/query");
  const body = new URLSearchParams({ query, time: String(atSeconds) }).toString();
  let answer = await send(context, { method: "POST", url, body, maxBodyBytes: MAX_RESULT_BYTES });
  if (answer.status === 405 || answer.status === 501) {
    url.search = body;
    answer = await send(context, { method: "GET", url, maxBodyBytes: MAX_RESULT_BYTES });
  }
  const data = readData(answer.status, answer.body);
  await nextTurn(); // a big answer has kept the others waiting
  return readResult(data);
}

/** @throws ApiError */
export async function activeTargets(context: ApiContext): Promise<readonly Target[]> {
  const url = endpoint(context.address, "api/v1/targets");
  url.search = "state=active";
  const { body } = await send(context, { method: "GET", url, maxBodyBytes: MAX_TARGETS_BYTES });
  const { status, data } = parseObject(body);
  await nextTurn();
  if (status !== "success") throw new ApiError(`the API target return status was ${textOf(status)}`);
  return listOf(objectOf(data).activeTargets).map((entry) => {
    const { labels, health } = objectOf(entry);
    return { labels: labelsOf(labels), health: textOf(health) };
  });
}

function endpoint(address: URL, path: string): URL {
  const url = new URL(address);
  url.pathname = `${url.pathname.endsWith("/") ? url.pathname.slice(0, -1) : url.pathname}/${path}`;
  return url;
}

async function send(
  context: ApiContext,
  request: Pick<HttpRequest, "method" | "url" | "body" | "maxBodyBytes">,
) {
  const { address: _, ...common } = context;
  const headers = request.body === undefined ? {} : { "Content-Type": FORM };
  try {
    return await httpRequest({ ...common, ...request, headers: { ...common.headers, ...headers } });
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    const method = request.method === "GET" ? "Get" : "Post";
    const { protocol, host, pathname } = request.url;
    throw new ApiError(`${method} "${protocol}//${host}${pathname}": ${error.message}`, { cause: error });
  }
}

/** The `data` of an answer. A 400 or 422 carries the reason in its body. */
function readData(status: number, body: Buffer): Record<string, unknown> {
  const isApiError = status === 400 || status === 422;
  const kind = Math.trunc(status / 100);
  if (kind !== 2 && !isApiError) {
    if (kind === 4) throw new ApiError(`client_error: client error: ${status}`);
    if (kind === 5) throw new ApiError(`server_error: server error: ${status}`);
    throw new ApiError(`bad_response: bad response code ${status}`);
  }
  const answer = parseObject(body);
  if (isApiError && answer.status === "success") {
    throw new ApiError("bad_response: inconsistent body for response code");
  }
  if (answer.status !== "success") throw new ApiError(`${textOf(answer.errorType)}: ${textOf(answer.error)}`);
  return objectOf(answer.data);
}

function readResult({ resultType, result }: Record<string, unknown>): QueryResult {
  switch (resultType) {
    case "scalar":
      return { type: "scalar", sample: sampleOf(result) };
    case "vector": {
      const series = listOf(result).map(objectOf);
      return {
        type: "vector",
        // a native histogram has no value
        series: series.map(({ metric, value, histogram }) => ({
          metric: labelsOf(metric),
          sample: sampleOf(value ?? [listOf(histogram)[0], "0"]),
        })),
      };
    }
    case "matrix": {
      const series = listOf(result).map(objectOf);
      return {
        type: "matrix",
        series: series.map(({ metric, values }) => ({
          metric: labelsOf(metric),
          samples: listOf(values).map(sampleOf),
        })),
      };
    }
    default:
      throw new ApiError(`unexpected value type ${JSON.stringify(textOf(resultType))}`);
  }
}

function sampleOf(pair: unknown): Sample {
  const [time, text] = listOf(pair);
  if (typeof time !== "number") throw new ApiError("bad_response: a sample has no time");
  const value = numberOf(textOf(text));
  if (value === undefined) throw new ApiError("bad_response: a sample has no value");
  return { time, value };
}

function numberOf(text: string): number | undefined {
  if (text === "NaN") return Number.NaN;
  if (/^[+-]?Inf$/.test(text))
    return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const value = Number(text);
  return text === "" || Number.isNaN(value) ? undefined : value;
}

function labelsOf(value: unknown): Labels {
  const entries = Object.entries(value === undefined || value === null ? {} : objectOf(value));
  return new Map(entries.map(([name, text]) => [name, textOf(text)]));
}

function parseObject(body: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch (error) {
    throw new ApiError(`bad_response: ${(error as Error).message}`);
  }
  return objectOf(value);
}

function objectOf(value: unknown): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new ApiError("bad_response: unexpected type of value");
}

function listOf(value: unknown): unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw new ApiError("bad_response: unexpected type of value");
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === undefined || value === null) return "";
  throw new ApiError("bad_response: unexpected type of value");
}
