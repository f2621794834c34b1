export const STATES = ["OK", "WARNING", "CRITICAL", "UNKNOWN"] as const;

/** The state of a name, in any case, or of a digit 0–3. */
export function stateNumber(text: string): number | undefined {
  if (/^[0-3]$/.test(text)) return Number(text);
  const index = STATES.indexOf(text.toUpperCase() as (typeof STATES)[number]);
  return index < 0 ? undefined : index;
}

/** The name of a state; of any other number `UNKNOWN`. */
export function stateName(state: number): string {
  return STATES[state] ?? "UNKNOWN";
}
