import { describe, expect, test } from "vitest";
import { type AdminReply, AdminReplyDecoder, type AdminReplyKind, parseStatusLine } from "../src/index.ts";
import { loadVectors } from "./vectors.ts";

const latin1 = (text: string) => Buffer.from(text, "latin1");

interface AdminRow {
  readonly command: string;
  readonly kind: "table" | "line" | "both";
  readonly reply: string;
}

const kindsOf = (kind: AdminRow["kind"]): AdminReplyKind[] => (kind === "both" ? ["table", "line"] : [kind]);

/** The expected replies, parsed with plain string functions. */
function expectedReplies({ kind, reply }: AdminRow): AdminReply[] {
  const lines = reply.split(/\r?\n/).slice(0, -1);
  if (lines[0]?.startsWith("ERR ")) return [{ kind: "error", line: latin1(lines[0]) }];
  if (kind === "line") return [{ kind: "line", line: latin1(lines[0] as string) }];
  const dot = lines.indexOf(".");
  const table: AdminReply = { kind: "table", lines: lines.slice(0, dot).map(latin1) };
  return kind === "table" ? [table] : [table, { kind: "line", line: latin1(lines[dot + 1] as string) }];
}

const admin = loadVectors<{ cases: AdminRow[] }>("gearman-admin").cases;

test.for(admin)("answer to $command, cut at every byte", (row) => {
  const bytes = latin1(row.reply);
  for (let at = 0; at <= bytes.length; at++) {
    const decoder = new AdminReplyDecoder(kindsOf(row.kind));
    const replies = [bytes.subarray(0, at), bytes.subarray(at)].flatMap((chunk) => decoder.push(chunk));
    expect(replies).toEqual(expectedReplies(row));
    expect(decoder.pendingBytes).toBe(0);
    expect(decoder.done).toBe(true);
  }
});

test.for(admin)("answer to $command: its lines one by one, cut at every byte", (row) => {
  const bytes = latin1(row.reply);
  const [whole] = expectedReplies(row);
  for (let at = 0; at <= bytes.length; at++) {
    const lines: string[] = [];
    const decoder = new AdminReplyDecoder(kindsOf(row.kind), undefined, (line) =>
      lines.push(line.toString("latin1")),
    );
    const replies = [bytes.subarray(0, at), bytes.subarray(at)].flatMap((chunk) =>
      decoder.push(Buffer.from(chunk)),
    );
    const expected = expectedReplies(row).map((one) => (one.kind === "table" ? { ...one, lines: [] } : one));
    expect(replies).toEqual(expected);
    expect(lines).toEqual(whole?.kind === "table" ? whole.lines.map((line) => line.toString("latin1")) : []);
  }
});

interface ToolRow {
  readonly name: string;
  readonly replyParts: (string | null)[];
}

describe.for(["check_gearman", "gearman_top"])("answers recorded for %s", (file) => {
  const rows = loadVectors<{ cases: ToolRow[] }>(file).cases.filter(
    (row) => (row.replyParts ?? []).length > 0,
  );

  test.for(rows)("$name: chunks and single bytes give the same replies", ({ replyParts }) => {
    const parts = replyParts.filter((part) => part !== null).map((part) => Buffer.from(part, "base64"));
    const inParts = new AdminReplyDecoder(["table", "line"]);
    const replies = parts.flatMap((part) => inParts.push(part));
    const inBytes = new AdminReplyDecoder(["table", "line"]);
    const single = [...Buffer.concat(parts)].flatMap((byte) => inBytes.push(Buffer.from([byte])));
    expect(single).toEqual(replies);
    expect(inBytes.partialTable).toEqual(inParts.partialTable);
    const text = Buffer.concat(parts).toString("latin1");
    const status = /^(?:[^\n]*\n)*?\.\n/.exec(text)?.[0];
    expect(replies.some((reply) => reply.kind === "table")).toBe(
      status !== undefined && !text.startsWith("ERR "),
    );
    for (const reply of replies) {
      if (reply.kind !== "table") continue;
      const rowsInText = (status ?? "").split("\n").slice(0, -2);
      expect(reply.lines.map((line) => line.toString("latin1"))).toEqual(
        rowsInText.map((line) => line.trimEnd()),
      );
      const whole = rowsInText.filter((line) => line.split("\t").length >= 4);
      expect(reply.lines.filter((line) => parseStatusLine(line) !== undefined)).toHaveLength(whole.length);
    }
  });
});

test("bytes after the last expected answer are ignored", () => {
  const decoder = new AdminReplyDecoder(["line"]);
  expect(decoder.push(latin1("OK\r\nmore\n"))).toEqual([{ kind: "line", line: latin1("OK") }]);
  expect(decoder.push(latin1("and more\n"))).toEqual([]);
  expect(decoder.pendingBytes).toBe(0);
});

test("a queue named `ERR x` is not an error: table lines have no CR", () => {
  const decoder = new AdminReplyDecoder(["table"]);
  expect(decoder.push(latin1("ERR x\t0\t0\t0\n.\n"))).toEqual([
    { kind: "table", lines: [latin1("ERR x\t0\t0\t0")] },
  ]);
});

test("a truncated answer keeps its complete lines", () => {
  const decoder = new AdminReplyDecoder(["table", "line"]);
  expect(decoder.push(latin1("a\t1\t0\t1\nb\t2"))).toEqual([]);
  expect(decoder.done).toBe(false);
  expect(decoder.pendingBytes).toBe(11);
  expect(decoder.partialTable).toEqual([latin1("a\t1\t0\t1")]);
});

test.for(["table", "line"] as const)("a %s beyond the limit is refused", (kind) => {
  const error = expect.objectContaining({ code: "LINE_TOO_LONG" });
  expect(() => new AdminReplyDecoder([kind], 100).push(Buffer.alloc(101, 0x61))).toThrow(error);
  const decoder = new AdminReplyDecoder(["table"], 100);
  decoder.push(latin1("123456789\n".repeat(10)));
  expect(() => decoder.push(latin1("x"))).toThrow(error);
});

test("replies do not share memory with the chunks", () => {
  const chunk = latin1("a\t1\t0\t1\n.\n");
  const [reply] = new AdminReplyDecoder(["table"]).push(chunk);
  chunk.fill(0);
  expect(reply).toEqual({ kind: "table", lines: [latin1("a\t1\t0\t1")] });
});
