import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { AdminRoute } from "@mod-gearman/admin-http";
import { PAGE_CSS, PAGE_HTML, PAGE_ICON, PAGE_SCRIPT } from "../assets/page-files.ts";
import { takesGzip, writeHead } from "./respond.ts";

const FILES = [
  { path: "/", type: "text/html; charset=utf-8", text: PAGE_HTML },
  { path: "/page.css", type: "text/css; charset=utf-8", text: PAGE_CSS },
  { path: "/page.js", type: "text/javascript; charset=utf-8", text: PAGE_SCRIPT },
  { path: "/icon.svg", type: "image/svg+xml", text: PAGE_ICON },
];
const TAG_LENGTH = 27;
const pack = promisify(gzip);

/** The files of the page, packed at the first request; browsers ask each time whether theirs are still good. */
export function pageRoutes(): Record<string, AdminRoute> {
  return Object.fromEntries(FILES.map((file) => [file.path, fileRoute(file)]));
}

function fileRoute({ type, text }: (typeof FILES)[number]): AdminRoute {
  const etag = `"${createHash("sha256").update(text).digest("base64url").slice(0, TAG_LENGTH)}"`;
  let packed: Promise<Buffer> | undefined;
  return {
    serve: async (request: IncomingMessage, response: ServerResponse) => {
      const headers = { "content-type": type, "cache-control": "no-cache", etag, vary: "accept-encoding" };
      if (request.headers["if-none-match"] === etag) {
        writeHead(response, 304, headers);
        response.end();
      } else if (takesGzip(request)) {
        packed ??= pack(text, { level: 9 });
        const body = await packed;
        writeHead(response, 200, { ...headers, "content-encoding": "gzip" });
        response.end(body);
      } else {
        writeHead(response, 200, headers);
        response.end(text);
      }
    },
  };
}
