import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { connect as tlsConnect } from "node:tls";
import { testCertificates } from "@mod-gearman/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { serverFor } from "./stages.ts";
import { message, readable, Wire } from "./wire.ts";

/** Changes one byte of what passes through. */
interface Damage {
  readonly at: number;
  readonly bit: number;
}

test("damaged TLS records end their own connection only; others are served meanwhile", async (context) => {
  const certificates = testCertificates(context);
  const authority = certificates.authority("ca");
  const { certificate, key } = certificates.signed("server", authority);
  const server = serverFor(context, {
    ...{ listen: "127.0.0.1", port: 0 },
    tls: { load: () => ({ certificate, key, ca: authority.certificate }), handshakeTimeoutMs: 300 },
  });
  const { port } = await server.listen();
  let damage: Damage | undefined;
  const proxy = createServer((client) => {
    const { at, bit } = damage ?? { at: -1, bit: 0 };
    const upstream = connect(port, "127.0.0.1");
    let passed = 0;
    client.on("data", (chunk: Buffer) => {
      const place = at - passed;
      if (place >= 0 && place < chunk.length) chunk[place] = (chunk[place] ?? 0) ^ (1 << bit);
      passed += chunk.length;
      upstream.write(chunk);
    });
    upstream.on("data", (chunk) => client.write(chunk));
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const)
      one.on("error", () => undefined).on("close", () => other.destroy());
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  context.onTestFinished(() => void proxy.close());
  const through = (proxy.address() as AddressInfo).port;

  const good = tlsConnect({ host: "127.0.0.1", port, ca: authority.certificate });
  await once(good, "secureConnect");
  const wire = new Wire(good);
  const echo = message("REQ", "ECHO_REQ hello");
  const look = async (): Promise<void> => {
    wire.send(echo);
    expect(readable(await wire.take(17))).toEqual(['RES ECHO_RES "hello"']);
  };

  const damages = fc.sample(fc.record({ at: fc.nat(1200), bit: fc.nat(7) }), { numRuns: 60, seed: 1 });
  for (damage of damages) {
    const client = tlsConnect({ host: "127.0.0.1", port: through, ca: authority.certificate });
    client.on("error", () => undefined).resume();
    client.on("secureConnect", () => {
      for (let n = 0; n < 40; n++) client.write(echo);
      client.end();
    });
    const closed = new Promise((resolve) => client.once("close", resolve));
    await look();
    await closed;
  }
  for (const bytes of fc.sample(fc.uint8Array({ minLength: 1, maxLength: 300 }), { numRuns: 60, seed: 2 })) {
    // a record of a handshake with any content
    const head = Buffer.from([0x16, 3, 1, bytes.length >> 8, bytes.length & 0xff]);
    const peer: Socket = connect(port, "127.0.0.1").on("error", () => undefined);
    peer.resume().write(Buffer.concat([head, bytes]));
    await look();
    peer.destroy();
  }
  await expect.poll(() => server.stats().connections).toBe(1);
  await look();
  expect(server.stats().handshakesFailed).toBeGreaterThan(30);
  expect(server.stats().closed.INTERNAL).toBeUndefined();
  good.destroy();
});
