import { expect, test } from "vitest";
import { channels } from "../src/channels.ts";

test("every name consists of its package and event", () => {
  const names = Object.entries(channels).flatMap(([room, events]) =>
    Object.entries(events).map(([event, name]) => ({ name, built: `mod-gearman:${room}:${event}` })),
  );
  expect(names.length).toBeGreaterThan(0);
  for (const { name, built } of names) expect(name).toBe(built);
});
