import { expect, test } from "vitest";
import { meetingServers } from "../src/meeting-servers.ts";

const NAMES: Readonly<Record<string, readonly string[]>> = {
  "gm1.example": ["192.0.2.5", "2001:db8::5"],
  "gm1-loopback": ["127.0.1.1"],
  "gm2.example": ["192.0.2.6"],
  "192.0.2.5": ["192.0.2.5"],
  "192.0.2.6": ["192.0.2.6"],
};
const world = {
  hostName: "gm1",
  machine: {
    addresses: () => ["127.0.0.1", "192.0.2.5", "::1"],
    resolve: async (host: string) => NAMES[host] ?? Promise.reject(new Error("ENOTFOUND")),
  },
};
const server = (host: string, port = 4730) => ({ host, port });

test.for<[one: string, other: string, isSame: boolean]>([
  ["localhost", "192.0.2.5", true],
  ["localhost", "gm1.example", true],
  ["192.0.2.5", "gm1-loopback", true],
  ["gm1", "gm1.example", true],
  ["localhost", "192.0.2.6", false],
  ["localhost", "gm2.example", false],
  ["192.0.2.6", "gm2.example", true],
  ["unknown", "unknown", true],
  ["unknown", "localhost", false],
])("on a machine with 192.0.2.5, %s and %s are one server: %s", async ([one, other, isSame]) => {
  expect(await meetingServers([server(one)], [server(other)], world)).toBe(isSame);
  expect(await meetingServers([server(other)], [server(one)], world)).toBe(isSame);
  expect(await meetingServers([server(one)], [server(other, 4731)], world)).toBe(false);
});
