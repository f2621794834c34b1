import { execFileSync } from "node:child_process";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { isListenAddress, parseListenAddress } from "../src/address.ts";
import { serveAdmin } from "../src/endpoint.ts";
import { healthRoute } from "../src/health-route.ts";
import { type PrintMetrics, serveMetrics } from "../src/metrics-route.ts";
import { scrapePrinter } from "../src/scrape-printer.ts";

async function serve(print: PrintMetrics): Promise<string> {
  const endpoint = await serveMetrics("127.0.0.1:0", print);
  onTestFinished(() => endpoint.close());
  return `http://127.0.0.1:${endpoint.port}`;
}
const plain: PrintMetrics = (openMetrics) =>
  Promise.resolve({ contentType: "text/plain", text: openMetrics ? "open" : "plain" });

describe("the endpoint", () => {
  test("gives the format that is asked for, and nothing but /metrics", async () => {
    const url = await serve(plain);
    const headers = { accept: "application/openmetrics-text; version=1.0.0" };
    expect(await (await fetch(`${url}/metrics?x`)).text()).toBe("plain");
    expect(await (await fetch(`${url}/metrics`, { headers })).text()).toBe("open");
    expect((await fetch(url)).status).toBe(404);
    expect((await fetch(`${url}/metrics`, { method: "POST" })).status).toBe(405);
  });

  test("an error while the metrics are made is its answer, and the next scrape works", async () => {
    let fails = true;
    const url = await serve((open) => (fails ? Promise.reject(new Error("no")) : plain(open)));
    expect((await fetch(`${url}/metrics`)).status).toBe(500);
    fails = false;
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
  });

  test("an address in use or unusable is an error of the caller", async () => {
    const url = await serve(plain);
    await expect(serveMetrics(url.replace("http://", ""), plain)).rejects.toThrow("EADDRINUSE");
    await expect(serveMetrics("nowhere", plain)).rejects.toThrow("nowhere is not HOST:PORT");
  });
});

test("an address can be looked at without listening", () => {
  expect(["127.0.0.1:9050", "[::1]:9050", ":9050", "9050", "*:1"].map(isListenAddress)).toEqual(
    Array(5).fill(true),
  );
  expect(["nowhere", "a:b:1", "a:99999", ""].map(isListenAddress)).toEqual(Array(4).fill(false));
});

test.for([
  ["9050", "::1", 9050],
  [":9050", "::1", 9050],
  ["*:9050", undefined, 9050],
  ["0.0.0.0:1", "0.0.0.0", 1],
  ["[fe80::1]:2", "fe80::1", 2],
] as const)("a port alone has the usual host: %s", ([text, host, port]) =>
  expect(parseListenAddress(text, "::1")).toEqual({ host, port }),
);

test("further pages: each has its methods, health is 200 or 503, names of Object are no pages", async () => {
  let problem: string | undefined;
  const posted: string[] = [];
  const endpoint = await serveAdmin(
    "0",
    {
      "/healthz": healthRoute(() => problem),
      "/do": {
        methods: ["POST"],
        serve: ({ method }, response) => {
          posted.push(String(method));
          response.end("done");
        },
      },
      "/late": {
        serve: (_request, response) => {
          response.writeHead(200);
          response.write("half");
          throw new Error("no more");
        },
      },
    },
    "127.0.0.1",
  );
  onTestFinished(() => endpoint.close());
  expect(endpoint.host).toBe("127.0.0.1");
  const url = `http://127.0.0.1:${endpoint.port}`;
  const get = async (path: string, method = "GET") => {
    const answer = await fetch(`${url}${path}`, { method });
    return [answer.status, await answer.text()];
  };
  expect(await get("/healthz")).toEqual([200, "ok\n"]);
  problem = "the store refuses";
  expect(await get("/healthz")).toEqual([503, "the store refuses\n"]);
  expect(await get("/do")).toEqual([405, "POST only\n"]);
  expect(await get("/do", "POST")).toEqual([200, "done"]);
  expect(posted).toEqual(["POST"]);
  expect(await get("/constructor")).toEqual([404, "see /healthz, /do, /late\n"]);
  await expect(get("/late")).rejects.toThrow();
  expect(await get("/healthz")).toEqual([503, "the store refuses\n"]);
});

test("scrapes at the same time do not mix their formats", async () => {
  let type = "";
  const open: (() => void)[] = [];
  const print = scrapePrinter({
    setContentType: (given: string) => {
      type = given;
    },
    getMetricsAsArray: () => [],
    metrics: () => new Promise<string>((resolve) => open.push(() => resolve(type))),
  });
  const scrapes = [print(true), print(false)];
  for (const text of ["open", "text/plain"]) {
    await vi.waitFor(() => expect(open).toHaveLength(1));
    open.pop()?.();
    const { contentType, text: printed } = (await scrapes.shift()) ?? { contentType: "", text: "" };
    expect(printed).toBe(contentType);
    expect(contentType).toContain(text);
  }
});

test("a program that serves no metrics does not load node:http", () => {
  const index = new URL("../src/index.ts", import.meta.url).href;
  const script = `await import("${index}");
    process.stdout.write(process.moduleLoadList.includes("NativeModule http") ? "loaded" : "not loaded");`;
  const args = ["--conditions=source", "--input-type=module", "-e", script];
  expect(execFileSync(process.execPath, args, { encoding: "utf8" })).toBe("not loaded");
});
