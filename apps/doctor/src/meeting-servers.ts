import type { ServerAddress } from "@mod-gearman/base";
import type { Machine, World } from "./world.ts";

const LOCAL = new Set(["localhost", "0.0.0.0", "127.0.0.1", "::1", "::"]);
const THIS_MACHINE = "this machine";

interface Here extends Pick<World, "hostName"> {
  readonly machine: Pick<Machine, "resolve" | "addresses">;
}

/** Whether two lists share a server, under the same or other names. An unknown name is compared as it is written. */
export async function meetingServers(
  some: readonly ServerAddress[],
  others: readonly ServerAddress[],
  world: Here,
): Promise<boolean> {
  const known = new Set(await placesOf(some, world));
  return (await placesOf(others, world)).some((place) => known.has(place));
}

async function placesOf(servers: readonly ServerAddress[], world: Here): Promise<string[]> {
  const lists = await Promise.all(
    servers.map(async ({ host, port }) =>
      (await addressesOf(host, world)).map((address) => `${address} ${port}`),
    ),
  );
  return lists.flat();
}

async function addressesOf(host: string, { machine, hostName }: Here): Promise<string[]> {
  if (LOCAL.has(host) || host === hostName) return [THIS_MACHINE];
  const found = await machine.resolve(host).catch(() => []);
  const own = machine.addresses();
  const isHere = (address: string): boolean => isLoopback(address) || own.includes(address);
  return found.length === 0 ? [host] : found.map((address) => (isHere(address) ? THIS_MACHINE : address));
}

function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}
