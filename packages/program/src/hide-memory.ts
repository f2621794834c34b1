/** What a program loads of the addon for this. */
type LoadSettings = () => { hideMemory(): string | undefined } | { readonly reason: string };

/**
 * Hides the memory of this process, which holds keys, from other processes of its user, and from core files.
 *
 * @returns why that is not possible
 */
export function hideMemory(load: LoadSettings): string | undefined {
  const calls = load();
  return "reason" in calls ? calls.reason : calls.hideMemory();
}
