import { timeoutSignal } from "@mod-gearman/base";
import { parseListenAddress } from "./address.ts";

/** What a page is asked. */
export interface PageQuestion {
  readonly timeoutMs: number;
  /** Longer answers are refused. Default: 16 MiB. */
  readonly maxBytes?: number;
  /** It is a POST of this; undefined: a GET. */
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What it answered, of any status. */
export interface PageAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** The same with the bytes of its text. */
export interface WholeAnswer extends PageAnswer {
  readonly bytes: Buffer;
}

const MAX_BYTES = 16_777_216;
const LOOPBACK = "127.0.0.1";

/**
 * Where a program on this machine reaches a listener, with a slash at the end.
 *
 * @param address `HOST:PORT` or `PORT` of this machine; one that listens on all addresses is reached by loopback
 * @throws RangeError
 */
export function listenerUrl(address: string): string {
  const { host = LOOPBACK, port } = parseListenAddress(address, LOOPBACK);
  const reached = host === "0.0.0.0" || host === "::" ? LOOPBACK : host;
  return `http://${reached.includes(":") ? `[${reached}]` : reached}:${port}/`;
}

/**
 * Asks a page of an admin listener. `node:http` and not fetch, which follows redirects and takes proxies of the environment.
 *
 * @throws Error if there is no whole answer within the time
 */
export async function askPage(url: string, question: PageQuestion): Promise<WholeAnswer> {
  const { request } = await import("node:http");
  const { timeoutMs, maxBytes = MAX_BYTES, body, headers = {} } = question;
  const signal = timeoutSignal(timeoutMs);
  return await new Promise((resolve, reject) => {
    const asked = request(url, { method: body === undefined ? "GET" : "POST", headers, signal });
    const fail = (error: Error): void =>
      reject(signal.aborted ? new Error(`no answer in ${timeoutMs / 1000} s`) : error);
    asked.on("error", fail);
    asked.on("response", (response) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      response.on("error", fail);
      response.on("data", (part: Buffer) => {
        bytes += part.length;
        if (bytes > maxBytes) response.destroy(new Error("its answer is too long"));
        else parts.push(part);
      });
      response.on("end", () => {
        const answered = Buffer.concat(parts);
        resolve({
          status: response.statusCode ?? 0,
          contentType: response.headers["content-type"] ?? "",
          text: answered.toString(),
          bytes: answered,
        });
      });
    });
    asked.end(body);
  });
}

/** Text of a page. @throws Error if there is no answer of status 200 within the time */
export async function fetchPage(url: string, timeoutMs: number): Promise<string> {
  const { status, text } = await askPage(url, { timeoutMs });
  if (status !== 200) throw new Error(`it answers with status ${status}`);
  return text;
}
