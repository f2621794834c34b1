import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll } from "vitest";
import { call } from "./call.ts";
import { nscWebBody } from "./nsc-web-bodies.ts";
import { TEST_CERTIFICATE, TEST_KEY } from "./tls-fixture.ts";

const certificates = { cert: TEST_CERTIFICATE, key: TEST_KEY, ca: TEST_CERTIFICATE };

/** NSClient++ over HTTP, and a server over TLS that says which protocol was used, for the tests of one file. */
export class NscWebServers {
  readonly #server: Server = createServer((request, response) => this.#answer(request, response));
  readonly #tlsServer: Server = createTlsServer(
    { ...certificates, requestCert: true, rejectUnauthorized: false },
    ({ socket }, response) => {
      const { authorized } = socket as TLSSocket;
      const message = `${(socket as TLSSocket).getProtocol()} client ${authorized}`;
      response.end(JSON.stringify({ result: 0, lines: [{ message }] }));
    },
  );
  url = "";
  tlsUrl = "";
  /** For files of a test; removed at the end. */
  folder = "";
  /** Requests since the last `check`. */
  seen: { path: string; headers: IncomingMessage["headers"] }[] = [];
  /** Called with the connection of the next request that gets no answer. */
  readonly waiting: ((socket: Socket) => void)[] = [];

  constructor() {
    beforeAll(async () => {
      this.folder = mkdtempSync(join(tmpdir(), "nsc-web-"));
      const servers = [this.#server, this.#tlsServer];
      await Promise.all(servers.map((one) => once(one.listen(0, "127.0.0.1"), "listening")));
      const [port, tlsPort] = servers.map((one) => (one.address() as AddressInfo).port);
      this.url = `http://127.0.0.1:${port}`;
      this.tlsUrl = `https://127.0.0.1:${tlsPort}`;
    });
    afterAll(() => {
      for (const each of [this.#server, this.#tlsServer]) {
        each.closeAllConnections();
        each.close();
      }
      rmSync(this.folder, { recursive: true });
    });
  }

  /** Calls the check; `URL`, `TLS` and `DIR` in its arguments are replaced. */
  start = (args: string, env = "", signal?: AbortSignal) => {
    const line = args.replace("URL", this.url).replace("TLS", this.tlsUrl).replaceAll("DIR", this.folder);
    return call("check_nsc_web", line, { env, ...(signal && { signal }) });
  };

  /** As `start`; forgets earlier requests. */
  check = (args: string, env = "") => {
    this.seen = [];
    return this.start(args, env);
  };

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? "";
    this.seen.push({ path, headers: request.headers });
    const isV1 = path.includes("/api/v1/");
    const name = /[a-z0-9]+$/.exec(path.replace("/commands/execute", ""))?.[0] ?? "";
    if (name === "silent") for (const wake of this.waiting.splice(0)) wake(request.socket);
    else if (name === "forbidden") response.writeHead(403).end("no");
    else if (name === "hangup") response.socket?.destroy();
    else if (name === "around") response.writeHead(302, { location: path }).end();
    else if (name === "away")
      response.writeHead(302, { location: `${this.url.replace("127.0.0.1", "localhost")}/query/x` }).end();
    else response.end(nscWebBody(name, isV1));
  }
}
