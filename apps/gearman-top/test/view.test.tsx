import { EventEmitter } from "node:events";
import { ManualClock } from "@mod-gearman/testkit";
import { render, renderToString } from "ink";
import { describe, expect, test } from "vitest";
import { Session } from "../src/session.ts";
import { Lines, Top } from "../src/view.tsx";

describe("Lines", () => {
  test("shows line by line; the rest of the screen is empty", () => {
    const lines = [{ text: " first  line" }, { text: "" }, { text: "third" }];
    expect(renderToString(<Lines lines={lines} rows={5} />, { columns: 20 })).toBe(
      " first  line\n\nthird\n\n",
    );
  });

  test("cuts long lines instead of wrapping them", () => {
    const lines = [{ text: "0123456789" }, { text: "next" }];
    const [first, second] = renderToString(<Lines lines={lines} rows={2} />, { columns: 6 }).split("\n");
    expect(first).toMatch(/^01234/);
    expect(second).toBe("next");
  });
});

/** A terminal that counts writes. */
class FakeOutput extends EventEmitter {
  readonly columns = 80;
  readonly rows = 10;
  readonly isTTY = true;
  text = "";

  write(text: string, done?: () => void): boolean {
    this.text += text;
    done?.();
    return true;
  }
}

test("many refreshes leave no listener or timer behind", { tags: "slow" }, async () => {
  const clock = new ManualClock();
  let waiting = 0;
  const session = new Session(
    {
      servers: [{ host: "h", port: 1 }],
      intervalMs: 10,
      timeoutMs: 1000,
      hideEmpty: false,
      colours: false,
      verbose: false,
    },
    {
      query: async () => [
        { kind: "table", lines: [Buffer.from(`q\t${waiting++}\t0\t1`)] },
        { kind: "line", line: Buffer.from("OK 1") },
      ],
      clock,
      date: () => new Date(clock.monotonicMs()),
    },
  );
  const stdout = new FakeOutput();
  const app = render(<Top session={session} hasKeys={false} />, {
    stdout: stdout as unknown as NodeJS.WriteStream,
    interactive: true,
    incrementalRendering: true,
    patchConsole: false,
  });
  session.start();
  await clock.advance(100);
  const counts = () => [stdout.listenerCount("resize"), process.listenerCount("exit"), clock.pending];
  const before = counts();
  await clock.advance(5000);
  await app.waitUntilRenderFlush();
  expect(waiting).toBeGreaterThan(500);
  // only differences are written: at least the last digit of the last number
  expect(stdout.text.split("\u001b[?2026h").at(-1)).toContain(`${(waiting - 1) % 10}  |           0`);
  expect(counts()).toEqual(before);
  session.stop();
  app.unmount();
  await app.waitUntilExit();
  expect(stdout.listenerCount("resize")).toBe(0);
  expect(clock.pending).toBe(0);
});
