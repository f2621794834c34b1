import { type ClientRequest, type IncomingMessage, request as requestPlain } from "node:http";
import { request as requestTls } from "node:https";
import { isIP } from "node:net";
import type { SecureContext } from "node:tls";
import { omitUndefined, timeoutSignal } from "@mod-gearman/base";
import { HostLookup } from "./host-lookup.ts";
import { HttpError, toHttpError } from "./http-error.ts";

export interface HttpRequest {
  readonly method: "GET" | "POST";
  /** `http:` or `https:`; user name and password in it become basic authentication. */
  readonly url: URL;
  /** Values as bytes in Latin-1. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly tls: HttpTls;
  /** Above 0; until the whole answer has been read. undefined: only `signal` ends it. */
  readonly timeoutMs?: number | undefined;
  readonly signal: AbortSignal;
  /** A longer body of an answer is an error. Parsing a MiB of JSON takes about a hundredth of a second. */
  readonly maxBodyBytes: number;
}

interface HttpTls {
  /** Called for `https:` only: a context is expensive. @throws Error of OpenSSL */
  readonly context: () => SecureContext;
  /** True accepts every certificate. */
  readonly insecure: boolean;
  /** Name in the certificate, if it differs from the host of the URL. */
  readonly serverName?: string | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  /** Number and reason as sent, e.g. `404 Not Found`. */
  readonly statusLine: string;
  readonly httpVersion: string;
  /** Names and values in turn, as sent. */
  readonly rawHeaders: readonly string[];
  readonly location: string | undefined;
  readonly body: Buffer;
}

const MAX_REDIRECTS = 10;
const names = new HostLookup();

/**
 * Makes one request on a connection of its own and reads the answer; nothing is kept afterwards. Up to ten redirects of a
 * GET are followed, without the headers if they lead to another server.
 *
 * @throws HttpError; an error with the `code` of a resource shortage if the machine is the cause
 */
export async function httpRequest(request: HttpRequest): Promise<HttpAnswer> {
  const timeout = request.timeoutMs === undefined ? undefined : timeoutSignal(request.timeoutMs);
  const signal = timeout === undefined ? request.signal : AbortSignal.any([request.signal, timeout]);
  let current = { ...request, signal };
  try {
    for (let redirects = 0; ; redirects++) {
      const answer = await exchange(current);
      const next = redirectOf(answer, current);
      if (next === undefined) return answer;
      if (redirects >= MAX_REDIRECTS)
        throw new HttpError("FAILED", `stopped after ${MAX_REDIRECTS} redirects`);
      const headers = next.origin === current.url.origin ? current.headers : {};
      current = { ...current, url: next, headers };
    }
  } catch (error) {
    if (timeout?.aborted) throw new HttpError("TIMEOUT", "context deadline exceeded", { cause: error });
    throw error;
  }
}

function redirectOf({ status, location }: HttpAnswer, { method, url }: HttpRequest): URL | undefined {
  if (method !== "GET" || location === undefined) return undefined;
  if (![301, 302, 303, 307, 308].includes(status)) return undefined;
  const next = URL.parse(location, url.href);
  return next !== null && /^https?:$/.test(next.protocol) ? next : undefined;
}

function exchange(request: HttpRequest): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(toHttpError(error, request.url));
    try {
      const outgoing = open(request);
      outgoing.on("error", fail);
      outgoing.on("response", (response) => {
        response.on("error", fail);
        collect(response, request.maxBodyBytes, (error) => outgoing.destroy(error), resolve);
      });
      outgoing.end(request.body);
    } catch (error) {
      fail(error); // characters that may not be in a header or path
    }
  });
}

function open({ method, url, headers, body, tls, signal }: HttpRequest): ClientRequest {
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const common = {
    method,
    hostname,
    port: url.port === "" ? undefined : Number(url.port),
    path: `${url.pathname}${url.search}`,
    headers: omitUndefined({
      ...headers,
      "Content-Length": body === undefined ? undefined : Buffer.byteLength(body),
    }),
    ...omitUndefined({
      auth: url.username === "" ? undefined : decodeURIComponent(`${url.username}:${url.password}`),
    }),
    agent: false as const,
    lookup: names.for(signal),
    signal,
  };
  if (url.protocol !== "https:") return requestPlain(common);
  const secured = {
    ...common,
    secureContext: tls.context(), // handed through to tls.connect(), though not in the types of node:https
    rejectUnauthorized: !tls.insecure,
    servername: tls.serverName ?? (isIP(hostname) === 0 ? hostname : ""),
  };
  return requestTls(secured);
}

function collect(
  response: IncomingMessage,
  maxBytes: number,
  refuse: (error: HttpError) => void,
  done: (answer: HttpAnswer) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      refuse(new HttpError("TOO_LARGE", `response is longer than ${maxBytes} bytes`));
    } else chunks.push(chunk);
  });
  response.on("end", () =>
    done({
      status: response.statusCode ?? 0,
      statusLine: `${response.statusCode} ${response.statusMessage ?? ""}`.trimEnd(),
      httpVersion: response.httpVersion,
      rawHeaders: response.rawHeaders,
      location: response.headers.location,
      body: Buffer.concat(chunks),
    }),
  );
}
