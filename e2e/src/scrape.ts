/** Rows of metrics and their values. */
export async function scrape(port: number, rows: RegExp): Promise<Map<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return new Map(
    text.split("\n").flatMap((line): [string, number][] => {
      const at = line.lastIndexOf(" ");
      return rows.test(line) ? [[line.slice(0, at), Number(line.slice(at + 1))]] : [];
    }),
  );
}
