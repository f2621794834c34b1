import type { ServerAddress } from "@mod-gearman/config";

/** `host:port`, unique per server. */
export function serverKey(server: ServerAddress): string {
  return `${server.host}:${server.port}`;
}
