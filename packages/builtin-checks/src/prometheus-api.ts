import { omitUndefined } from "@mod-gearman/base";
import { HttpError } from "./http-error.ts";
import { type HttpRequest, httpRequest } from "./http-request.ts";
import {
  ApiError,
  type QueryResult,
  readQueryAnswer,
  readTargetsAnswer,
  type Target,
} from "./prometheus-answer.ts";

export type ApiContext = Pick<HttpRequest, "headers" | "tls" | "signal" | "timeoutMs"> & {
  readonly address: URL;
};

const MAX_RESULT_BYTES = 4 * 1024 * 1024;
const MAX_TARGETS_BYTES = 16 * 1024 * 1024; // some KiB for each target of a cluster
const FORM = "application/x-www-form-urlencoded";

/**
 * Queries the value of an expression at a time, with POST or, if that is not permitted, with GET.
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
  return readQueryAnswer(answer.status, answer.body);
}

/** @throws ApiError */
export async function activeTargets(context: ApiContext): Promise<readonly Target[]> {
  const url = endpoint(context.address, "api/v1/targets");
  url.search = "state=active";
  const { body } = await send(context, { method: "GET", url, maxBodyBytes: MAX_TARGETS_BYTES });
  return readTargetsAnswer(body);
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
  try {
    const type = request.body === undefined ? undefined : FORM;
    const headers = omitUndefined({ ...common.headers, "Content-Type": type });
    return await httpRequest({ ...common, ...request, headers });
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    const method = request.method === "GET" ? "Get" : "Post";
    const { protocol, host, pathname } = request.url;
    throw new ApiError(`${method} "${protocol}//${host}${pathname}": ${error.message}`, { cause: error });
  }
}
