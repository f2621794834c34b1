import type { JSX } from "preact";

interface Props {
  readonly label: string;
  readonly value: string;
  onValue(value: string): void;
}

/** A field that narrows a table; `/` goes there. */
export function FilterBox({ label, value, onValue }: Props): JSX.Element {
  return (
    <label class="filter">
      <span>{label}</span>
      <input
        type="search"
        value={value}
        data-filter
        autocomplete="off"
        spellcheck={false}
        maxLength={200}
        onInput={({ currentTarget }) => onValue(currentTarget.value)}
      />
    </label>
  );
}

/** Whether a row is shown: every word of the filter is in one of its texts. */
export function fits(filter: string, texts: readonly string[]): boolean {
  const text = texts.join("\n").toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
