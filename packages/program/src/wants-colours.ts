/** Whether colours may be used on an output: a terminal that knows them, whose user has not switched them off (NO_COLOR). */
export function wantsColours(
  { isTTY }: { readonly isTTY?: boolean },
  { NO_COLOR, TERM }: Readonly<Record<string, string | undefined>>,
): boolean {
  return isTTY === true && !NO_COLOR && TERM !== "dumb";
}
