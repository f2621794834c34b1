import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { serveAdmin } from "../src/endpoint.ts";

const MORE_THAN_ALLOWED = 50;

async function peers(port: number, text: string): Promise<Socket[]> {
  const all = Array.from({ length: MORE_THAN_ALLOWED }, () =>
    connect(port, "127.0.0.1").on("error", () => undefined),
  );
  onTestFinished(() => {
    for (const one of all) one.destroy();
  });
  await Promise.all(
    all.map(async (one) => {
      await once(one, "connect");
      one.write(text);
    }),
  );
  return all;
}

test.for([
  ["that send nothing", ""],
  ["that send a request slowly", "GET /page HTTP/1.1\r\nhost: a\r\nx: "],
  ["that do not read their answer", "GET /large HTTP/1.1\r\nhost: a\r\n\r\n"],
])("peers %s keep no others out", async ([, text = ""]) => {
  const large = Buffer.alloc(8 * 1024 * 1024);
  const endpoint = await serveAdmin(
    "0",
    {
      "/page": { serve: (_request, response) => void response.end("page") },
      "/large": { serve: (_request, response) => void response.end(large) },
    },
    "127.0.0.1",
  );
  onTestFinished(() => endpoint.close());
  const all = await peers(endpoint.port, text);
  for (const one of all) one.pause();
  for (let round = 0; round < 3; round++) {
    const answer = await fetch(`http://127.0.0.1:${endpoint.port}/page`);
    expect(await answer.text()).toBe("page");
  }
});
