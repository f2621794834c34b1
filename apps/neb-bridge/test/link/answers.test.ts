import { expect, test } from "vitest";

import { EventAnswers } from "../../src/link/answers.ts";

function recorder(): { answers: EventAnswers; reported: bigint[] } {
  const reported: bigint[] = [];
  return { answers: new EventAnswers((seq) => reported.push(seq)), reported };
}

test("one report covers all answers so far", () => {
  const { answers, reported } = recorder();
  for (const seq of [1n, 2n, 3n]) answers.done(seq);
  answers.flush();
  answers.flush();
  expect(reported).toEqual([3n]);
});

test("an unanswered event holds back later ones", () => {
  const { answers, reported } = recorder();
  answers.done(1n);
  answers.done(3n);
  answers.flush();
  expect(reported).toEqual([1n]);
  answers.done(2n);
  answers.flush();
  expect(reported).toEqual([1n, 3n]);
});

test("a rejected event releases later ones but is not reported as done itself", () => {
  const { answers, reported } = recorder();
  answers.done(1n);
  answers.done(2n);
  answers.rejected(3n);
  answers.flush();
  expect(reported).toEqual([2n]);
  answers.rejected(4n);
  answers.flush();
  expect(reported).toEqual([2n]);
  answers.done(5n);
  answers.flush();
  expect(reported).toEqual([2n, 5n]);
});
