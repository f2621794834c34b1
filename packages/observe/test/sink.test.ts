import { expect, test } from "vitest";
import { nullSink, streamSink } from "../src/sink.ts";

test("a stream that does not drain loses lines, which are counted", () => {
  const written: string[] = [];
  const stream = { writableLength: 0, destroyed: false, write: (text: string) => written.push(text) > 0 };
  const sink = streamSink(stream, { maxWaitingBytes: 10 });
  sink.write("a");
  stream.writableLength = 11;
  sink.write("b");
  sink.write("c");
  stream.writableLength = 0;
  sink.write("d");
  stream.destroyed = true;
  sink.write("e");
  expect(written).toEqual(["a\n", "(2 log lines lost)\n", "d\n"]);
});

test("a closed stream sink leaves the stream alone", () => {
  const written: string[] = [];
  const sink = streamSink({ writableLength: 0, destroyed: false, write: (text) => written.push(text) > 0 });
  sink.reopen();
  sink.close();
  sink.write("late");
  nullSink.write("nowhere");
  expect(written).toEqual([]);
});
