// @module-tag slow
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, symlinkSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import {
  closedAddress,
  type FakeScript,
  freePort,
  jobText,
  startGearmand,
  takingServer,
  tmpFolder,
} from "@mod-gearman/testkit";
import { describe, expect, test } from "vitest";
import { sender } from "./built-program.ts";

const created = { name: "JOB_CREATED", handle: Buffer.from("H:1") } as const;
const line = (at: number): string => `host\tservice ${at}\t0\toutput ${at}\n`;
const lines = (count: number): Buffer =>
  Buffer.from(Array.from({ length: count }, (_, at) => line(at)).join(""));

test("a real gearmand, encrypted: every line is acknowledged", async (context) => {
  const gearmand = await startGearmand(context);
  const args = [`--server=127.0.0.1:${gearmand.port}`, "--key=a key of more than 16 bytes"];
  const ended = await sender.run(context, args, { stdin: lines(20_000) });
  expect(ended).toEqual({ code: 0, stdout: "20000 data packet(s) sent to host successfully.\n", stderr: "" });
});

test("every line arrives once and in order, with any chunking of the input", async (context) => {
  const { address, jobs } = await takingServer(context);
  const { child, ended } = sender.start(context, [`--server=${address}`], { stdin: "open" });
  const input = lines(300);
  for (let at = 0; at < input.length; at += 997) {
    child.stdin?.write(input.subarray(at, at + 997));
    await new Promise((resolve) => setImmediate(resolve));
  }
  child.stdin?.end();
  expect((await ended).code).toBe(0);
  const outputs = jobs().map((job) => /^output=(.*)$/m.exec(jobText(job))?.[1]);
  expect(outputs).toEqual(Array.from({ length: 300 }, (_, at) => `output ${at}`));
});

test("a line with a NUL loses the NUL only", async (context) => {
  const { address, jobs } = await takingServer(context);
  const stdin = Buffer.from("host\tser\0vice\t0\tone\ntwo\0host\t1\tt\0wo\nhost\tservice\t0\tthree\n");
  const ended = await sender.run(context, [`--server=${address}`], { stdin });
  expect(ended).toMatchObject({ code: 0, stderr: "" });
  const texts = jobs().map((job) => jobText(job).replace(/^(start|finish)_time=.*\n/gm, ""));
  expect(texts.map((text) => text.split("\n").filter((one) => /^(host|service|output)/.test(one)))).toEqual([
    ["host_name=host", "service_description=service", "output=one"],
    ["host_name=twohost", "output=two"],
    ["host_name=host", "service_description=service", "output=three"],
  ]);
});

test("bom-list: a byte order mark at the start is not part of the first host (T20)", async (context) => {
  const { address, jobs } = await takingServer(context);
  const stdin = Buffer.from("\ufeffh1\tsvc\t0\tOK\r\n\ufeffh2\tsvc\t0\tOK\n");
  const ended = await sender.run(context, [`--server=${address}`], { stdin });
  expect(ended).toMatchObject({ code: 0, stderr: "" });
  const hosts = jobs().map((job) => /^host_name=(.*)$/m.exec(jobText(job))?.[1]);
  expect(hosts).toEqual(["h1", "\ufeffh2"]); // removed at the start only
});

test("text of a server is printed without control characters", async (context) => {
  const script: FakeScript = {
    onPacket: (_, connection) =>
      connection.send({
        name: "ERROR",
        code: Buffer.from("QUEUE_ERROR"),
        text: Buffer.from("full\u009b1m\u001b[2J"),
      }),
  };
  const { address } = await takingServer(context, script);
  const ended = await sender.run(context, [`--server=${address}`, "--host=h", "--message=x"]);
  expect(ended.code).toBe(3);
  expect(ended.stderr).toContain("QUEUE_ERROR");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the test looks for control characters
  expect(ended.stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
});

test("unacknowledged results do not exceed the window", async (context) => {
  let unanswered = 0;
  let most = 0;
  const script: FakeScript = {
    onPacket: (_, connection) => {
      unanswered++;
      most = Math.max(most, unanswered);
      if (unanswered < 2048 && connection.received.length !== 10_000) return;
      connection.send(...Array.from({ length: unanswered }, () => created));
      unanswered = 0;
    },
  };
  const { address, jobs } = await takingServer(context, script);
  const ended = await sender.run(context, [`--server=${address}`, "--timeout=0"], { stdin: lines(10_000) });
  expect(ended.stdout).toBe("10000 data packet(s) sent to host successfully.\n");
  expect([jobs().length, most]).toEqual([10_000, 2048]);
});

/** Uses `script` for the first connection; later ones are ended immediately. */
function onFirstConnection(script: FakeScript): FakeScript {
  let count = 0;
  return {
    ...script,
    onConnect: (connection) => {
      if (++count > 1) connection.destroy();
    },
  };
}

describe("servers that fail", () => {
  test("fail-over in the middle of a list", async (context) => {
    const script: FakeScript = {
      onPacket: (_, connection) => {
        connection.send(created);
        if (connection.received.length === 5) connection.destroy();
      },
    };
    const first = await takingServer(context, onFirstConnection(script));
    const second = await takingServer(context);
    const args = [`--server=${first.address},${second.address}`];
    const ended = await sender.run(context, args, { stdin: lines(200) });
    expect(ended).toMatchObject({ code: 0, stdout: "200 data packet(s) sent to host successfully.\n" });
    const numbers = second.jobs().map((job) => Number(/^output=output (.*)$/m.exec(jobText(job))?.[1]));
    const [from = -1] = numbers;
    expect(from).toBeLessThanOrEqual(5); // no result is missing
    expect(numbers).toEqual(Array.from({ length: 200 - from }, (_, at) => from + at));
  });

  test("retries until a server is reachable", async (context) => {
    const port = await freePort();
    const args = [`--server=127.0.0.1:${port}`, "--retries=1000", "--retry-interval=0.05"];
    const { ended } = sender.start(context, [...args, "--host=h", "--message=x"]);
    const proxied = await takingServer(context);
    const forward = createServer((socket) => {
      socket.pipe(connect(proxied.port, "127.0.0.1")).pipe(socket);
    });
    forward.listen(port, "127.0.0.1");
    context.onTestFinished(() => void forward.close());
    expect(await ended).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(proxied.jobs()).toHaveLength(1);
  });

  test("all servers lost in the middle of a list: the counts are exact, reading stops", async (context) => {
    const script: FakeScript = {
      onPacket: (_, connection) => {
        if (connection.received.length <= 3) connection.send(created);
        if (connection.received.length === 10) connection.end();
      },
    };
    const { address } = await takingServer(context, onFirstConnection(script));
    const { child, ended } = sender.start(context, [`--server=${address}`], { stdin: "open" });
    child.stdin?.write(Buffer.concat([lines(10), Buffer.from("bad\n\n")]));
    const { code, stdout, stderr } = await ended;
    expect({ code, stdout }).toEqual({ code: 3, stdout: "failed to send result!\n" });
    expect(stderr).toMatch(/^line 11 skipped: fewer than three fields$/m);
    expect(stderr).toMatch(/^sending job to gearmand failed: GEARMAN_/m);
    expect(stderr).toMatch(/^3 sent, 0 kept, 2 skipped, 7 failed$/m);
  });

  test("a result queue name that is too long", async (context) => {
    const { address } = await takingServer(context);
    const args = [`--server=${address}`, "--host=h", "--message=x", `--result_queue=${"q".repeat(600)}`];
    const ended = await sender.run(context, args);
    expect(ended.code).toBe(3);
    expect(ended.stderr).toMatch(/^queue name too long: 'q+/);
  });
});

describe("input", () => {
  test("a folder: one line, exit code 3", async (context) => {
    const { address } = await takingServer(context);
    const folder = openSync(tmpFolder(context), "r");
    for (const args of [[], ["--host=h"]]) {
      const stdio = [folder, "pipe", "pipe"] as const;
      const [file, ...words] = sender.command;
      const child = spawn(file, [...words, `--server=${address}`, ...args], {
        stdio: [...stdio],
        env: { PATH: process.env.PATH },
      });
      let stderr = "";
      child.stderr?.on("data", (chunk) => {
        stderr += chunk;
      });
      expect(await once(child, "close")).toEqual([3, null]);
      expect(stderr).toMatch(/^cannot read standard input: EISDIR/m);
    }
    closeSync(folder);
  });

  test("an output of more than 16 MiB is not sent", async (context) => {
    const { address, jobs } = await takingServer(context);
    const stdin = Buffer.alloc(16 * 1024 * 1024 + 1, "x");
    const ended = await sender.run(context, [`--server=${address}`, "--host=h"], { stdin });
    expect(ended).toMatchObject({ code: 3, stdout: "" });
    expect(ended.stderr).toBe("the plugin output is longer than 16777216 bytes, nothing was sent\n");
    expect(jobs()).toEqual([]);
  });

  test("a line of more than 16 MiB is skipped and counted", async (context) => {
    const { address, jobs } = await takingServer(context);
    const long = `h\ts\t0\t${"x".repeat(16 * 1024 * 1024)}\n`;
    const stdin = Buffer.from(`${line(1)}${long}${line(2)}`);
    const ended = await sender.run(context, [`--server=${address}`], { stdin });
    expect(ended).toMatchObject({ code: 0, stdout: "2 data packet(s) sent to host successfully.\n" });
    expect(ended.stderr).toBe(
      "line 2 skipped: longer than 16777216 bytes\n2 sent, 0 kept, 1 skipped, 0 failed\n",
    );
    expect(jobs()).toHaveLength(2);
  });

  test("only the first of many bad lines are reported individually", async (context) => {
    const { address } = await takingServer(context);
    const ended = await sender.run(context, [`--server=${address}`], {
      stdin: Buffer.from("bad\n".repeat(1000)),
    });
    const reported = ended.stderr.trimEnd().split("\n");
    expect(reported).toHaveLength(22);
    expect(reported.slice(-2)).toEqual([
      "further skipped lines are only counted",
      "0 sent, 0 kept, 1000 skipped, 0 failed",
    ]);
  });

  test.for(["SIGTERM", "SIGINT", "SIGUSR1"] as const)(
    "%s stops reading; results already read are sent",
    async (signal, context) => {
      const { address, server, jobs } = await takingServer(context);
      const { child, ended } = sender.start(context, [`--server=${address}`], { stdin: "open" });
      child.stdin?.write(lines(5));
      await server.connection().then((connection) => connection.next("SUBMIT_JOB_BG"));
      child.kill(signal);
      const { code, stdout, stderr } = await ended;
      expect(code).toBe(3);
      expect(stdout).toBe(`${jobs().length} data packet(s) sent to host successfully.\n`);
      expect(stderr).toBe("stopped by a signal\n");
    },
  );
});

describe("--debug", () => {
  test("1: encryption and rate", async (context) => {
    const { address } = await takingServer(context);
    const ended = await sender.run(context, [`--server=${address}`, "--debug=1"], { stdin: lines(2) });
    expect(ended.stderr).toMatch(
      /^encryption is disabled\ngearmand submission statistics: jobs: 2 {3}errors: 0 {3}submit_rate: [\d.]+\/s\n$/,
    );
  });

  test("2: every text, never the key", async (context) => {
    const { address } = await takingServer(context);
    const args = [`--server=${address}`, "--debug=2", "--key=very secret words"];
    const ended = await sender.run(context, args, { stdin: lines(2) });
    expect(ended.stderr).toMatch(/^queue: check_results\ndata:\ntype=passive\nhost_name=host\n/m);
    expect(ended.stderr).not.toContain("secret");
  });
});

test("--check-config prints the settings in effect and sends nothing", async (context) => {
  const { address, jobs } = await takingServer(context);
  const args = [`--server=${address}`, "--key=very secret words", "--check-config"];
  const ended = await sender.run(context, args);
  expect(ended.code).toBe(0);
  expect(ended.stdout).toContain(`server                     = ${address}`);
  expect(ended.stdout).not.toContain("very secret");
  expect(jobs()).toEqual([]);
  const broken = await sender.run(context, ["--check-config"]);
  expect(broken.code).toBe(2);
  expect(broken.stderr).toMatch(/^please specify at least one server\n/);
});

test("a settings file that cannot be examined is one clear line", async (context) => {
  const loop = join(tmpFolder(context), "loop");
  symlinkSync(loop, loop);
  const args = ["--server=127.0.0.1:1", "--host=h", "--message=m", `--config=${loop}`];
  const ended = await sender.run(context, args);
  expect(ended).toMatchObject({ code: 3, stdout: "" });
  expect(ended.stderr.split("\n")[0]).toBe(`could not open file: ${loop}: Too many levels of symbolic links`);
});

test("an unreachable server among several is not an error", async (context) => {
  const { address, jobs } = await takingServer(context);
  const args = [`--server=${await closedAddress()},nosuch.invalid, ${address}`, "--host=h", "--message=x"];
  expect(await sender.run(context, args)).toEqual({ code: 0, stdout: "", stderr: "" });
  expect(jobs()).toHaveLength(1);
});
