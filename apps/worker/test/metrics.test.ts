import { get } from "node:http";
import { settle, type TestContext, waitFor } from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import type { Execution } from "../src/job.ts";
import type { WorkerFigures } from "../src/metrics.ts";
import { MetricsService } from "../src/metrics-server.ts";
import { WorkerMetrics } from "../src/worker-metrics.ts";
import { serviceJob, WorkerWorld } from "./worker-world.ts";

const figures = (more: Partial<WorkerFigures> = {}): WorkerFigures => ({
  version: "1.2.3",
  identifier: "w1",
  total: 5,
  busy: 2,
  ballooning: 1,
  unkillable: 8,
  ...{ suspects: 9, refused: 10, unproven: new Map(), withheld: 11 },
  results: { main: 3, dups: [], sent: 70, dropped: 4, spool: { records: 6, bytes: 600, dropped: 1 } },
  ...more,
});

const execution = (more: Partial<Execution> = {}): Execution => ({
  exec: "exec",
  returnCode: 0,
  output: Buffer.alloc(0),
  startedAt: 1_000_000n,
  finishedAt: 1_250_000n,
  description: "check_x",
  ...more,
});

function ask(port: number, path: string, headers = {}, method = "GET") {
  return new Promise<{ status: number | undefined; type: string; text: string }>((resolve, reject) => {
    const request = get({ host: "127.0.0.1", port, path, headers, method, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () =>
        resolve({ status: response.statusCode, type: `${response.headers["content-type"]}`, text }),
      );
    });
    request.on("error", reject);
  });
}

describe("metrics (worker.md 8.3)", () => {
  test("have the names of the Go worker, and additional ones", async () => {
    const metrics = new WorkerMetrics(() => figures());
    const usage = { userMicros: 20_000, systemMicros: 5000, maxRssBytes: 1 };
    metrics.checkEnded("service", execution({ usage }));
    metrics.checkEnded("host", execution({ returnCode: 2, exec: "shell", description: "sh" }));
    const { text, contentType } = await metrics.print(false);
    expect(contentType).toMatch(/^text\/plain; version=0\.0\.4/);
    for (const line of [
      'modgearmanworker_info{version="1.2.3",identifier="w1"} 1',
      "modgearmanworker_workers_total 5",
      "modgearmanworker_workers_idle 3",
      "modgearmanworker_workers_busy 2",
      "modgearmanworker_workers_ballooning 1",
      'modgearmanworker_tasks_completed_total{type="service",exec="exec"} 1',
      'modgearmanworker_tasks_completed_total{type="host",exec="shell"} 1',
      'modgearmanworker_tasks_errors_total{type="host",exec="shell"} 1',
      'modgearmanworker_plugin_user_cpu_time_seconds{quantile="1",description="check_x",exec="exec"} 0.02',
      'modgearmanworker_plugin_system_cpu_time_seconds_count{description="check_x",exec="exec"} 1',
      "modgearmanworker_results_unsent 9",
      "modgearmanworker_results_sent_total 70",
      "modgearmanworker_results_dropped_total 4",
      "modgearmanworker_plugins_unkillable_total 8",
      "modgearmanworker_jobs_suspect 9",
      "modgearmanworker_jobs_refused_total 10",
      'modgearmanworker_jobs_unproven_total{reason="unknown_key"} 0',
      "modgearmanworker_results_withheld_total 11",
      "modgearmanworker_spool_records 6",
      "modgearmanworker_spool_bytes 600",
      "modgearmanworker_spool_dropped_total 1",
      'modgearmanworker_plugin_runtime_seconds_bucket{le="0.1",description="check_x"} 0',
      'modgearmanworker_plugin_runtime_seconds_bucket{le="0.3",description="check_x"} 1',
    ])
      expect(text.split("\n")).toContain(line);
    expect(text).toMatch(/^process_resident_memory_bytes \d+/m);
    expect(text).not.toContain('tasks_errors_total{type="service"');
  });

  test("errors carry an exemplar in OpenMetrics; the plain format afterwards is unchanged", async () => {
    const metrics = new WorkerMetrics(() => figures());
    const description = "a_program_with_a_very_long_name_indeed";
    const usage = { userMicros: 0, systemMicros: 0, maxRssBytes: 0, compileMicros: 12_345 };
    metrics.checkEnded("service", execution({ returnCode: 2, description, usage }));
    const [plain, open] = await Promise.all([metrics.print(false), metrics.print(true)]);
    expect(open.contentType).toMatch(/^application\/openmetrics-text/);
    expect(open.text).toMatch(
      /tasks_errors_total\{type="service",exec="exec"\} 1 # \{basename="a_program_with_a_very_long_nam",rc="2",exec="exec",compile_duration="0\.01235",runtime_duration="0\.25000",type="service"\} 1 /,
    );
    expect(open.text).toMatch(/^# TYPE modgearmanworker_tasks_errors counter$/m);
    expect(open.text.endsWith("# EOF\n")).toBe(true);
    const again = await metrics.print(false);
    const own = (text: string) => text.split("\n").filter((line) => line.includes("modgearmanworker_"));
    expect(own(again.text)).toEqual(own(plain.text));
  });

  test("at most 200 programs have their own label", async () => {
    const metrics = new WorkerMetrics(() => figures());
    for (let count = 0; count < 1000; count++)
      metrics.checkEnded("service", execution({ description: `check_${count}` }));
    metrics.checkEnded("service", execution({ description: "check_0" }));
    const { text } = await metrics.print(false);
    const labels = text.match(/plugin_runtime_seconds_count\{description="([^"]*)"\} \d+/g) ?? [];
    expect(labels).toHaveLength(201);
    expect(labels.at(-1)).toMatch(/description="other"\} 800$/);
    expect(text).toContain("modgearmanworker_plugin_description_overflow_total 800\n");
    expect(text).toContain('count{description="check_0"} 2\n');
  });
});

describe("the endpoint", () => {
  async function serve(context: TestContext) {
    const service = new MetricsService();
    const server = await service.serve("127.0.0.1:0", () => figures());
    context.onTestFinished(() => server.close());
    return { service, server };
  }

  test("serves /metrics in the requested format, and nothing else", async (context) => {
    const { server } = await serve(context);
    const { status, type, text } = await ask(server.port, "/metrics?x=1");
    expect([status, type.startsWith("text/plain"), text.includes("workers_busy 2")]).toEqual([
      200,
      true,
      true,
    ]);
    const open = await ask(server.port, "/metrics", {
      accept: "application/openmetrics-text; version=1.0.0",
    });
    expect(open.type).toMatch(/^application\/openmetrics-text/);
    expect((await ask(server.port, "/")).status).toBe(404);
    expect((await ask(server.port, "/metrics", {}, "DELETE")).status).toBe(405);
  });

  test("changes its address and keeps its counters", async (context) => {
    const { service, server } = await serve(context);
    server.checkEnded("service", execution());
    const moved = await service.serve("127.0.0.1:0", () => figures());
    context.onTestFinished(() => moved.close());
    server.close();
    const { text } = await ask(moved.port, "/metrics");
    expect(text).toContain('tasks_completed_total{type="service",exec="exec"} 1');
    await expect(ask(server.port, "/metrics")).rejects.toThrow("ECONNREFUSED");
  });

  test.for(["127.0.0.1", "host:99999", "a:b:1", "", "[::1"])("%j is no address", async (address) => {
    await expect(new MetricsService().serve(address, () => figures())).rejects.toThrow("is not HOST:PORT");
  });

  test("a port in use is an error", async (context) => {
    const { service, server } = await serve(context);
    await expect(service.serve(`127.0.0.1:${server.port}`, () => figures())).rejects.toThrow("EADDRINUSE");
  });
});

describe("a worker with metrics", () => {
  async function start(context: TestContext, ...args: string[]) {
    const world = new WorkerWorld(...args);
    context.onTestFinished(() => world.end());
    const service = new MetricsService();
    const ports: number[] = [];
    world.serveMetrics = async (address, read) => {
      const server = await service.serve(address.replace(/\d+$/, "0"), read);
      ports.push(server.port);
      return { ...server, address };
    };
    world.runner.answer = () => ({ exitCode: 1 });
    await world.start();
    await waitFor("the exporter", () => ports.length > 0 || args.length === 0);
    await settle();
    return { world, ports };
  }

  test("counts its jobs", async (context) => {
    const { world, ports } = await start(context, "--prometheus_server=127.0.0.1:9050");
    world.servers.a.put("service", serviceJob("/x/check_y -w 1"));
    await settle();
    const { text } = await ask(ports[0] ?? 0, "/metrics");
    expect(text).toContain('tasks_errors_total{type="service",exec="exec"} 1');
    expect(text).toContain('plugin_runtime_seconds_count{description="check_y"} 1');
    expect(text).toContain("modgearmanworker_workers_total 1\n");
  });

  test("change, end and start with a reload; an address that cannot be used changes nothing", async (context) => {
    const { world, ports } = await start(context);
    world.args = [...world.args, "--prometheus_server=127.0.0.1:9050"];
    await world.signal("SIGHUP");
    await waitFor("the exporter", () => ports.length === 1);
    world.args = [...world.args, "--prometheus_server=nonsense", "--hosts=yes"];
    await world.signal("SIGHUP");
    await waitFor("the refusal", () =>
      world.logger.lines.some((line) => line.startsWith("error: cannot reload configuration: ")),
    );
    expect(world.servers.a.workers("host")).toBe(0);
    expect((await ask(ports[0] ?? 0, "/metrics")).status).toBe(200);
    world.args = [...world.args, "--prometheus_server=127.0.0.1:9051"];
    await world.signal("SIGHUP");
    await waitFor("the new address", () => ports.length === 2);
    expect((await ask(ports[1] ?? 0, "/metrics")).status).toBe(200);
    await expect(ask(ports[0] ?? 0, "/metrics")).rejects.toThrow("ECONNREFUSED");
  });

  test("does not start if the address cannot be used (worker.md 1.7): exit code 1", async (context) => {
    const world = new WorkerWorld("--prometheus_server=127.0.0.1:9050");
    context.onTestFinished(() => world.end());
    world.serveMetrics = () => Promise.reject(new Error("listen EADDRINUSE"));
    await world.start();
    expect(world.exitCode).toBe(1);
    expect(world.isReady).toBe(false); // a daemon must not report that it runs
    expect(world.logger.lines).toContain("error: starting prometheus exporter failed: listen EADDRINUSE");
  });
});
