import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

/** Nothing but the page's own files is loaded, and no text can become script or style. */
const POLICY = [
  "default-src 'none'",
  ...["script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'"],
  ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
  "require-trusted-types-for 'script'",
].join("; ");

const HEADERS = {
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
};

/** Shorter texts gain nothing. */
const SHORTEST_PACKED = 1024;
const pack = promisify(gzip);

/** Whether the client says that it unpacks gzip. */
export const takesGzip = ({ headers }: IncomingMessage): boolean =>
  /\bgzip\b/.test(headers["accept-encoding"]?.toString() ?? "");

/** The head of an answer of the page; `cache-control: no-store` unless given. */
export function writeHead(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
): void {
  response.writeHead(status, { "cache-control": "no-store", ...HEADERS, ...headers });
}

/** Answers with a text as a whole, packed if the client takes that. */
export async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  contentType: string,
  text: string,
): Promise<void> {
  const headers = { "content-type": contentType, vary: "accept-encoding" };
  if (takesGzip(request) && text.length >= SHORTEST_PACKED) {
    const packed = await pack(text);
    writeHead(response, status, { ...headers, "content-encoding": "gzip" });
    response.end(packed);
  } else {
    writeHead(response, status, headers);
    response.end(text);
  }
}

export const respondJson = (
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  value: unknown,
): Promise<void> =>
  respond(request, response, status, "application/json; charset=utf-8", `${JSON.stringify(value)}\n`);
