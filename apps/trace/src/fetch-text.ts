import { get } from "node:http";
import { startTimer, stopTimer } from "@mod-gearman/base";

const MAX_BYTES = 16_777_216;

/** Body of a page. @throws Error if there is no answer of status 200 within the time */
export function fetchText(url: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("error", reject);
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_BYTES) request.destroy(new Error("the answer is too long"));
        else chunks.push(chunk);
      });
      response.on("end", () => {
        if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString());
        else reject(new Error(`it answers with status ${response.statusCode}`));
      });
    });
    request.on("error", reject);
    const timer = startTimer(() => request.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    request.on("close", () => stopTimer(timer));
  });
}
