import { randomInt } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";

const LOWEST = 10_000;
const DEFAULT_EPHEMERAL = 32_768;
const ATTEMPTS = 100;

/**
 * A free TCP port of 127.0.0.1, for programs that cannot listen on port 0. Another process may take it first; be ready
 * to retry. It is outside the range used for outgoing connections (unlike a port found by listening on 0): a server
 * that is down for some time finds its port free again.
 */
export async function freePort(): Promise<number> {
  const below = ephemeralStart();
  for (let attempt = 1; attempt < ATTEMPTS && below > LOWEST; attempt++) {
    const port = await listenOnce(randomInt(LOWEST, below)).catch(() => undefined);
    if (port !== undefined) return port;
  }
  return listenOnce(0);
}

/** The first port used for outgoing connections. Source: ip(7), ip_local_port_range. */
function ephemeralStart(): number {
  try {
    return Number.parseInt(readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "latin1"), 10);
  } catch {
    return DEFAULT_EPHEMERAL;
  }
}

async function listenOnce(wanted: number): Promise<number> {
  const server = createServer();
  server.listen(wanted, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
