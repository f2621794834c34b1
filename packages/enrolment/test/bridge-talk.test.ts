import { randomBytes } from "node:crypto";
import { agreementKey, issueIdentity } from "@mod-gearman/crypto";
import { expect, test } from "vitest";
import { AskError } from "../src/ask-error.ts";
import { BridgeTalk } from "../src/bridge-talk.ts";

/** A way to the bridge that fails with these errors, one after the other. */
function talkOver(...failures: readonly Error[]) {
  const left = [...failures];
  const sent: string[] = [];
  const talk = new BridgeTalk({
    ...{ queue: Buffer.from("enrol"), host: "web-1", nowMs: () => 0, random: randomBytes },
    send: async (request) => {
      sent.push(request.toString("hex"));
      throw left.shift() ?? new AskError("FAILED", "no more");
    },
  });
  return { talk, sent };
}

const lost = () => new AskError("NO_SERVER", "connection lost");
const ticket = { secret: Buffer.alloc(32, 1), bridgeKey: agreementKey(Buffer.alloc(32, 2)).publicKey };

test("a ticket's request goes out once more, unchanged, if the connection was lost: the bridge may have taken it", async () => {
  const { talk, sent } = talkOver(lost());
  await expect(talk.redeem(ticket)).rejects.toMatchObject({ code: "FAILED" });
  expect(sent).toHaveLength(2);
  expect(new Set(sent).size).toBe(1);
});

test("not after any other error, not a third time, and no other request", async () => {
  const refused = talkOver(new AskError("NO_ANSWER", "nothing within 60 s"));
  await expect(refused.talk.redeem(ticket)).rejects.toMatchObject({ code: "NO_ANSWER" });
  expect(refused.sent).toHaveLength(1);
  const twice = talkOver(lost(), lost());
  await expect(twice.talk.redeem(ticket)).rejects.toMatchObject({ code: "NO_SERVER" });
  expect(twice.sent).toHaveLength(2);
  const renewal = talkOver(lost());
  const identity = issueIdentity(
    { secret: Buffer.alloc(32, 1), epochs: [1] },
    { kind: "worker", name: "w1", queues: [] },
  );
  await expect(renewal.talk.ask("renew", identity)).rejects.toMatchObject({ code: "NO_SERVER" });
  expect(renewal.sent).toHaveLength(1);
});
