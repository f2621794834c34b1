const EMPTY_LINE = "\r\u001b[K";

/** A line on a terminal that says what is being done, with the seconds since the start; nothing elsewhere. */
export function progressOn(stream, { TERM } = process.env) {
  const isShown = stream.isTTY === true && TERM !== "dumb";
  const startedMs = performance.now();
  return {
    show: (what) => {
      const seconds = Math.round((performance.now() - startedMs) / 1000);
      if (isShown) stream.write(`${EMPTY_LINE}${seconds} s: ${what} …`);
    },
    /** Before other text is written. */
    clear: () => {
      if (isShown) stream.write(EMPTY_LINE);
    },
  };
}
