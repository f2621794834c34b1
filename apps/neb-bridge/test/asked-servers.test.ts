import { type AdminQuery, ClientError } from "@mod-gearman/client";
import { ManualClock } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { AskedServers } from "../src/asked-servers.ts";

/** Servers by host: `small` has one queue, `crowded` a table of 30,000 lines, which is too long for all commands. */
function site() {
  const clock = new ManualClock();
  const asked: string[] = [];
  const query: AdminQuery = async ({ host }, commands, { onTableLine }) => {
    asked.push(`${host} ${commands.length}`);
    if (host === "small") return commands.map(() => ({ kind: "table", lines: [Buffer.from("q\t3\t1\t2")] }));
    if (onTableLine === undefined) throw new ClientError("PROTOCOL", "too long");
    for (let at = 0; at < 30_000; at++) onTableLine(Buffer.from(`q${at}\t0\t0\t0`));
    return [{ kind: "table", lines: [] }];
  };
  const servers = new AskedServers(clock, query);
  const hosts = ["small", "crowded"].map((host) => ({ host, port: 4730 }));
  const look = async (seconds: number) => {
    await clock.advance(seconds * 1000);
    asked.length = 0;
    const parts = await servers.parts(hosts);
    expect(parts.map(({ name }) => name)).toEqual(["small:4730", "crowded:4730"]);
    return [...asked];
  };
  return { look, servers };
}

test("a crowded server is read less often, the others each time", async () => {
  const { look } = site();
  expect(await look(0)).toEqual(["small 6", "crowded 6", "crowded 1"]);
  expect(await look(1)).toEqual(["small 6"]);
  expect(await look(8)).toEqual(["small 6"]);
  expect(await look(1)).toEqual(["small 6", "crowded 1"]); // it is known to have too many for all commands
  expect(await look(591)).toEqual(["small 6", "crowded 6", "crowded 1"]);
});

test("a server that is not of the configuration any more is forgotten", async () => {
  const { look, servers } = site();
  await look(0);
  expect(await servers.parts([])).toEqual([]);
  expect(await look(0)).toEqual(["small 6", "crowded 6", "crowded 1"]);
});

test("a server is asked by the TLS files of the present configuration", async () => {
  const authorities: (string | undefined)[] = [];
  const servers = new AskedServers(new ManualClock(), async ({ tls }, commands) => {
    authorities.push(tls?.caFile);
    return commands.map(() => ({ kind: "table", lines: [] }));
  });
  for (const caFile of ["old.pem", "new.pem"])
    await servers.parts([{ host: "one", port: 4730, tls: { caFile } }]);
  expect(authorities).toEqual(["old.pem", "new.pem"]);
});
