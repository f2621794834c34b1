import type { ModuleOptions } from "@mod-gearman/config";
import { printMasterFile } from "@mod-gearman/crypto";
import { memoryLogger } from "@mod-gearman/observe";
import { ManualClock } from "@mod-gearman/testkit";
import { expect, test } from "vitest";
import { BridgeEnvelope, envelopeMemory } from "../src/bridge-envelope.ts";
import { StickyPlugins } from "../src/sticky-plugins.ts";
import { checkEvent } from "./live-bridge.ts";

/** The queue that a service of `sticky_plugins` goes to after worker w1 has run it. */
function queueOf(...envelopeQueues: string[]): string {
  const clock = new ManualClock();
  const options = {
    envelope: "both" as const,
    envelopeQueues: envelopeQueues.map((name) => Buffer.from(name)),
    masterFile: printMasterFile({ secret: Buffer.alloc(32, 1), epochs: [1] }),
    resultQueue: Buffer.from("check_results"),
  };
  const envelope = BridgeEnvelope.of(options, envelopeMemory({ clock, nowMicros: () => 0n }, memoryLogger()));
  const sticky = new StickyPlugins({ clock, options: () => undefined, isUnderWay: () => false });
  sticky.configure({ stickyPlugins: [Buffer.from("check_log")] } as unknown as ModuleOptions);
  const event = {
    ...checkEvent(1n),
    queue: Buffer.from("service"),
    command_line: Buffer.from("/x/check_log -f a"),
  };
  const route = (): string => {
    const routed = sticky.route(event, (queue) => envelope?.isSealed(queue) ?? false);
    return "queue" in routed ? routed.queue.toString() : "";
  };
  expect(route()).toBe("service");
  sticky.learn(event.host_name, event.service_description, Buffer.from("Mod-Gearman Worker @ w1"));
  const queues = new Map([["sticky_w1", { total: 0, running: 0, workers: 1 }]]);
  sticky.onStatus({ server: { host: "one", port: 4730 }, askedAt: clock.monotonicMs(), queues });
  return route();
}

test("a job of a sealed queue goes to the queue of one worker only if that one is sealed too", () => {
  expect(queueOf("service")).toBe("service");
  expect(queueOf("service", "sticky_w2")).toBe("service");
  expect(queueOf("service", "sticky_*")).toBe("sticky_w1");
  expect(queueOf("sticky_*")).toBe("sticky_w1");
  expect(queueOf()).toBe("sticky_w1");
});
