import type { ServerAddress } from "@mod-gearman/base";
import type { World } from "./world.ts";

const LOCAL = new Set(["localhost", "0.0.0.0", "127.0.0.1", "::1", "::"]);
const THIS_MACHINE = "this machine";

/** Whether two lists share a server, under the same or other names. An unknown name is compared as it is written. */
export async function meetingServers(
  some: readonly ServerAddress[],
  others: readonly ServerAddress[],
  world: Pick<World, "machine" | "hostName">,
): Promise<boolean> {
  const known = new Set(await placesOf(some, world));
  return (await placesOf(others, world)).some((place) => known.has(place));
}

async function placesOf(
  servers: readonly ServerAddress[],
  world: Pick<World, "machine" | "hostName">,
): Promise<string[]> {
  const lists = await Promise.all(
    servers.map(async ({ host, port }) =>
      (await addressesOf(host, world)).map((address) => `${address} ${port}`),
    ),
  );
  return lists.flat();
}

async function addressesOf(
  host: string,
  { machine, hostName }: Pick<World, "machine" | "hostName">,
): Promise<string[]> {
  if (LOCAL.has(host) || host === hostName) return [THIS_MACHINE];
  const found = await machine.resolve(host).catch(() => []);
  const addresses = found.map((address) => (isLoopback(address) ? THIS_MACHINE : address));
  return addresses.length === 0 ? [host] : addresses;
}

function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}
