import { expect, test } from "vitest";
import { BulkSubmit, type Request } from "../src/client/request.ts";
import { RequestQueue } from "../src/client/request-queue.ts";

const LIMITS = { window: 2, maxQueued: 3, maxHeldBytes: 100 };

function request(deadlineMs: number, size: number, resend = false): Request {
  const wire = { chunk: Buffer.alloc(size, "x"), start: 0, end: size };
  return new BulkSubmit(wire, deadlineMs, resend, () => {});
}

/** Send what the window allows. */
function sendAll(queue: RequestQueue): void {
  while (queue.next !== undefined) queue.markSent(queue.next.deadlineMs);
}

test("bytes are held until a request leaves, for each cause", () => {
  const causes: ((queue: RequestQueue) => void)[] = [
    (queue) => queue.takeAnswered(),
    (queue) => queue.takeLost(),
    (queue) => queue.takeOverdue(10),
    (queue) => queue.takeAll(),
  ];
  for (const leave of causes) {
    const queue = new RequestQueue(LIMITS);
    queue.add(request(10, 60));
    sendAll(queue);
    expect(queue.hasRoom(60)).toBe(false);
    leave(queue);
    queue.add(request(20, 40));
    expect([queue.hasRoom(60), queue.hasRoom(61)]).toEqual([true, false]);
  }
});

test("a lost request that is resent still holds its bytes and keeps its packet", () => {
  const queue = new RequestQueue(LIMITS);
  queue.add(request(10, 60, true));
  sendAll(queue);
  expect(queue.takeLost()).toEqual([]);
  expect(queue.hasRoom(41)).toBe(false);
  expect(queue.next?.chunk).toHaveLength(60);
});

test("a request that is not resent releases its packet when sent", () => {
  const queue = new RequestQueue(LIMITS);
  const sent = request(10, 60);
  queue.add(sent);
  sendAll(queue);
  expect(sent.chunk).toHaveLength(0);
});

test("one request above the limit of bytes is accepted if the queue is empty", () => {
  const queue = new RequestQueue(LIMITS);
  expect(queue.hasRoom(5000)).toBe(true);
  queue.add(request(10, 5000));
  expect(queue.hasRoom(1)).toBe(false);
});

test("a sent request has a deadline for its answer; when resent, the earlier deadline applies again", () => {
  const queue = new RequestQueue(LIMITS);
  queue.add(request(10, 1, true));
  queue.markSent(19);
  expect([queue.deadlineMs, queue.takeOverdue(18)]).toEqual([19, { sent: [], waiting: [] }]);
  queue.takeLost();
  expect([queue.deadlineMs, queue.takeOverdue(18).waiting.length]).toEqual([10, 1]);
});

test("overdue sent requests are reported separately: their answers may still arrive", () => {
  const queue = new RequestQueue(LIMITS);
  for (const deadlineMs of [10, 20, 30]) queue.add(request(deadlineMs, 1));
  expect(queue.takeOverdue(10)).toMatchObject({ sent: [], waiting: [{ deadlineMs: 10 }] });
  sendAll(queue);
  expect(queue.deadlineMs).toBe(20);
  expect(queue.takeOverdue(25)).toMatchObject({ sent: [{ deadlineMs: 20 }], waiting: [] });
  expect([queue.length, queue.sentLength, queue.deadlineMs]).toEqual([1, 1, 30]);
});
