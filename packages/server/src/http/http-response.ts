/** What is answered. Fields in the order of gearmand. Source: job-server.md 7. */
export interface HttpAnswer {
  readonly status: string;
  readonly handle?: string;
  readonly command?: string;
  /** Code of an ERROR packet. */
  readonly error?: string;
  readonly allow?: string;
  readonly body: Buffer;
}

/** The request that is answered, as far as it is known. */
export interface Answered {
  readonly isHttp11: boolean;
  readonly isHead: boolean;
}

/** The bytes of an answer; the connection is closed after it. */
export function printAnswer(answer: HttpAnswer, { isHttp11, isHead }: Answered, version: string): Buffer {
  const { status, handle, command, error, allow, body } = answer;
  const lines = [
    `HTTP/1.${isHttp11 ? 1 : 0} ${status}`,
    ...(handle === undefined ? [] : [`X-Gearman-Job-Handle: ${handle}`]),
    ...(command === undefined || isHead ? [] : [`X-Gearman-Command: ${command}`]),
    ...(error === undefined ? [] : [`X-Gearman-Error: ${error}`]),
    ...(allow === undefined ? [] : [`Allow: ${allow}`]),
    `Content-Length: ${body.length}`,
    `Server: Gearman/${version}`,
    ...(isHttp11 ? ["Connection: close"] : []),
  ];
  const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  return isHead ? head : Buffer.concat([head, body]);
}
