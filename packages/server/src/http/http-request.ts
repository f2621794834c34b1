const HEAD_BYTES = 8192;
const LF = 0x0a;
const MOST_DIGITS = 15;

/** A request of the HTTP protocol, with its whole body. */
export interface HttpRequest {
  readonly method: string;
  /** Without its leading slashes, nothing decoded; a query is part of it. latin1, as all names. */
  readonly function: string;
  readonly isHttp11: boolean;
  readonly unique: string;
  readonly priority: "high" | "normal" | "low";
  readonly isBackground: boolean;
  readonly body: Buffer;
}

/**
 * MALFORMED: closed without an answer. Others have the status with that text. Source: job-server.md 7.
 */
export type HttpProblemCode = "MALFORMED" | "METHOD_NOT_ALLOWED" | "LENGTH_REQUIRED" | "CONTENT_TOO_LARGE";

/** The peer sent a request that is not served. */
export class HttpProblem extends Error {
  override readonly name: string = "HttpProblem";
  readonly code: HttpProblemCode;
  readonly isHttp11: boolean;

  constructor(code: HttpProblemCode, isHttp11 = false) {
    super(code);
    this.code = code;
    this.isHttp11 = isHttp11;
  }
}

type Head = Omit<HttpRequest, "body"> & { readonly bodyBytes: number; readonly wantsContinue: boolean };

const METHODS = ["GET", "HEAD", "POST", "PUT"];

/** Collects one request; bytes after it are not looked at. */
export class HttpRequestDecoder {
  readonly #maxBodyBytes: number;
  readonly #onContinue: () => void;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #head: Head | undefined;

  /** @param onContinue the peer waits for `100 Continue` before it sends the body */
  constructor(maxBodyBytes: number, onContinue: () => void) {
    this.#maxBodyBytes = maxBodyBytes;
    this.#onContinue = onContinue;
  }

  get hasHead(): boolean {
    return this.#head !== undefined;
  }

  /**
   * Retains `chunk`.
   *
   * @returns undefined until the request is whole
   * @throws HttpProblem
   */
  push(chunk: Buffer): HttpRequest | undefined {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#head === undefined && !this.#takeHead()) return undefined;
    const head = this.#head as unknown as Head;
    if (this.#heldBytes < head.bodyBytes) return undefined;
    const { bodyBytes, wantsContinue, ...request } = head;
    return { ...request, body: Buffer.concat(this.#held, this.#heldBytes).subarray(0, bodyBytes) };
  }

  #takeHead(): boolean {
    const bytes = Buffer.concat(this.#held, this.#heldBytes);
    const length = headLength(bytes);
    if (length === undefined) {
      if (bytes.length > HEAD_BYTES) throw new HttpProblem("MALFORMED");
      this.#held = [bytes];
      return false;
    }
    if (length > HEAD_BYTES) throw new HttpProblem("MALFORMED");
    const head = parseHead(bytes.toString("latin1", 0, length));
    if (head.bodyBytes > this.#maxBodyBytes) throw new HttpProblem("CONTENT_TOO_LARGE", head.isHttp11);
    this.#head = head;
    this.#held = [bytes.subarray(length)];
    this.#heldBytes = bytes.length - length;
    if (head.wantsContinue && this.#heldBytes < head.bodyBytes) this.#onContinue();
    return true;
  }
}

/** Bytes up to the empty line and with it; lines end with LF or CR LF. */
function headLength(bytes: Buffer): number | undefined {
  let lineAt = 0;
  for (let at = bytes.indexOf(LF); at !== -1; at = bytes.indexOf(LF, lineAt)) {
    const isEmpty = at === lineAt || (at === lineAt + 1 && bytes[lineAt] === 0x0d);
    if (isEmpty) return at + 1;
    lineAt = at + 1;
  }
  return undefined;
}

function parseHead(text: string): Head {
  if (text.includes("\0")) throw new HttpProblem("MALFORMED");
  const [line = "", ...fields] = text.split(/\r?\n/);
  const words = /^([A-Z]+) (\S*) HTTP\/1\.([01])$/.exec(line);
  if (words === null) throw new HttpProblem("MALFORMED");
  const [, method = "", path = "", minor] = words;
  const isHttp11 = minor === "1";
  if (!METHODS.includes(method)) throw new HttpProblem("METHOD_NOT_ALLOWED", isHttp11);
  const values = fieldsOf(fields);
  if (values.has("transfer-encoding")) throw new HttpProblem("LENGTH_REQUIRED", isHttp11);
  const priority = values.get("x-gearman-priority")?.toLowerCase();
  return {
    ...{ method, isHttp11 },
    function: path.replace(/^\/+/, ""),
    unique: values.get("x-gearman-unique") ?? "-",
    priority: priority === "high" || priority === "low" ? priority : "normal",
    isBackground: values.get("x-gearman-background")?.toLowerCase() === "true",
    bodyBytes: method === "POST" || method === "PUT" ? lengthOf(values.get("content-length")) : 0,
    wantsContinue: values.get("expect")?.toLowerCase() === "100-continue",
  };
}

/** Values by lower-case name; of a repeated field the last one. A blank after the colon is optional (X13). */
function fieldsOf(lines: readonly string[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon === -1) continue;
    const name = line.slice(0, colon).toLowerCase();
    if (/\s/.test(name)) throw new HttpProblem("MALFORMED"); // a proxy may take it for Content-Length (RFC 9112 5.1)
    const value = line.slice(colon + 1).trim();
    if (name === "content-length" && values.has(name) && values.get(name) !== value)
      throw new HttpProblem("MALFORMED");
    values.set(name, value);
  }
  return values;
}

function lengthOf(text: string | undefined): number {
  if (text === undefined) return 0;
  if (!/^\d+$/.test(text) || text.length > MOST_DIGITS) throw new HttpProblem("MALFORMED");
  return Number(text);
}
