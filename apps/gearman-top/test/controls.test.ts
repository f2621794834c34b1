import { describe, expect, test } from "vitest";
import { type Controls, initialControls, KEY_HELP, press, type RowId } from "../src/controls.ts";
import { type InkKey, type KeyPress, keysOf } from "../src/keys.ts";

const ROWS: RowId[] = [
  { server: 0, key: "a" },
  { server: 0, key: "b" },
  { server: 1, key: "a" },
];
const char = (text: string): KeyPress[] => [...text].map((one) => ({ name: "char", char: one }));

/** The controls after some keys, or "quit" once a key quits. */
function after(
  keys: readonly KeyPress[],
  start: Partial<Controls> = {},
  rows = ROWS,
  lines = 0,
): Controls | "quit" {
  let controls: Controls = { ...initialControls(false), ...start };
  for (const key of keys) {
    const next = press(
      controls,
      key,
      () => rows,
      () => lines,
    );
    if (next === "quit") return "quit";
    controls = next;
  }
  return controls;
}

test("the initial screen has nothing that the original does not have", () => {
  expect(initialControls(false)).toEqual({
    help: false,
    sort: "name",
    reverse: false,
    filter: "",
    isEditing: false,
    highlight: false,
    colours: false,
    trend: false,
    rates: false,
    oldest: false,
    paused: false,
    selected: undefined,
    details: false,
    scrolled: 0,
  });
});

test.for<[string, KeyPress[], Partial<Controls>]>([
  ["s goes round", char("ssssss"), { sort: "name" }],
  ["s starts with the highest first", char("rs"), { sort: "workers", reverse: false }],
  ["r twice", char("rr"), { reverse: false }],
  ["unknown keys", char("xyz"), {}],
  ["typing a filter", [...char("/qQs?"), { name: "enter" }], { filter: "qQs?", isEditing: false }],
  [
    "characters of two code units",
    [...char("/a🙂"), { name: "backspace" }],
    { filter: "a", isEditing: true },
  ],
  ["backspace in an empty filter leaves it", [...char("/"), { name: "backspace" }], { isEditing: false }],
  ["escape drops the filter", [...char("/ab"), { name: "escape" }], { filter: "", isEditing: false }],
  ["arrows do not disturb the filter", [...char("/a"), { name: "up" }], { filter: "a", isEditing: true }],
  ["down selects the first", [{ name: "down" }], { selected: { server: 0, key: "a" } }],
  ["up selects the last", [{ name: "up" }], { selected: { server: 1, key: "a" } }],
  ["down stops at the end", Array(9).fill({ name: "down" }), { selected: { server: 1, key: "a" } }],
  ["home", [{ name: "end" }, { name: "home" }], { selected: { server: 0, key: "a" } }],
  ["page up", [{ name: "end" }, { name: "pageUp" }], { selected: { server: 0, key: "a" } }],
  ["enter selects the first", [{ name: "enter" }], { selected: { server: 0, key: "a" }, details: true }],
  ["enter twice", [{ name: "enter" }, { name: "enter" }], { details: false }],
  ["backspace leaves the details", [{ name: "enter" }, { name: "backspace" }], { details: false }],
])("%s", ([, keys, expected]) => expect(after(keys)).toMatchObject(expected));

test.for<[string, KeyPress[]]>([
  ["q", char("q")],
  ["Q", char("Q")],
  ["Escape", [{ name: "escape" }]],
  ["Ctrl-C", [{ name: "interrupt" }]],
  ["Ctrl-C in the filter", [...char("/"), { name: "interrupt" }]],
])("%s quits", ([, keys]) => expect(after(keys)).toBe("quit"));

test("Escape closes the help, then the details, then the program", () => {
  const open = after([{ name: "enter" }, ...char("?")]);
  expect(open).toMatchObject({ help: true, details: true });
  const esc: KeyPress = { name: "escape" };
  expect(after([{ name: "enter" }, ...char("?"), esc])).toMatchObject({ help: false, details: true });
  expect(after([{ name: "enter" }, ...char("?"), esc, esc])).toMatchObject({ details: false });
  expect(after([{ name: "enter" }, ...char("?"), esc, esc, esc])).toBe("quit");
});

test("the details are scrolled by pages, not further than their last line; another queue begins at the top", () => {
  const down: KeyPress = { name: "pageDown" };
  const scrolled = (...keys: KeyPress[]): unknown => {
    const controls = after([{ name: "enter" }, ...keys], {}, ROWS, 25);
    return controls === "quit" ? controls : controls.scrolled;
  };
  expect([scrolled(down), scrolled(down, down, down)]).toEqual([10, 24]);
  expect(scrolled(down, { name: "pageUp" }, { name: "pageUp" })).toBe(0);
  expect(scrolled(down, { name: "down" })).toBe(0);
});

test("without rows there is no selection", () => {
  expect(after([{ name: "down" }, { name: "enter" }], {}, [])).toMatchObject({
    selected: undefined,
    details: false,
  });
});

test("a selected row that disappeared: the next key selects as initially", () => {
  const selected = { server: 7, key: "gone" };
  expect(after([{ name: "down" }], { selected })).toMatchObject({ selected: ROWS[0] });
});

test("the length of a filter is limited", () => {
  const controls = after(char(`/${"x".repeat(500)}`));
  expect(controls).toMatchObject({ filter: "x".repeat(100) });
});

test("every key in the help has an effect", () => {
  const single = KEY_HELP.map(([keys]) => keys).filter((keys) => keys.length === 1);
  expect(single.length).toBeGreaterThan(7);
  for (const key of single) expect(after(char(key))).not.toEqual(initialControls(false));
});

describe("keys of Ink", () => {
  const none: InkKey = {
    upArrow: false,
    downArrow: false,
    pageUp: false,
    pageDown: false,
    home: false,
    end: false,
    return: false,
    escape: false,
    backspace: false,
    delete: false,
    leftArrow: false,
    ctrl: false,
    meta: false,
  };
  test.for<[string, string, Partial<InkKey>, KeyPress[]]>([
    ["a character", "a", {}, char("a")],
    ["several at once", "ab\r\u007f", {}, [...char("ab"), { name: "enter" }, { name: "backspace" }]],
    ["Ctrl-C", "c", { ctrl: true }, [{ name: "interrupt" }]],
    ["Ctrl-C among others", "a\u0003", {}, [...char("a"), { name: "interrupt" }]],
    ["other Ctrl keys", "x", { ctrl: true }, []],
    ["Escape", "", { escape: true }, [{ name: "escape" }]],
    ["Escape and a key at once", "q", { meta: true }, [{ name: "escape" }, ...char("q")]],
    ["Enter", "\r", { return: true }, [{ name: "enter" }]],
    ["the key that deletes", "", { delete: true }, [{ name: "backspace" }]],
    ["an arrow", "", { downArrow: true }, [{ name: "down" }]],
    ["control characters", "\u0007\u0000", {}, []],
  ])("%s", ([, input, flags, keys]) => expect(keysOf(input, { ...none, ...flags })).toEqual(keys));
});
