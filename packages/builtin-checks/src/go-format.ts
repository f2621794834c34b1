/** A number as Go's `FormatFloat(x, 'f', digits, 64)`: never an exponent; −1 gives the shortest exact text. */
export function formatFixed(value: number, digits: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  if (digits < 0) return withoutExponent(String(value));
  const places = Math.min(digits, 100);
  if (Math.abs(value) >= 1e21) {
    return places === 0 ? BigInt(value).toString() : `${BigInt(value)}.${"0".repeat(places)}`;
  }
  const text = isTie(value, places) ? halfEven(value, places) : value.toFixed(places);
  return Object.is(value, -0) && !text.startsWith("-") ? `-${text}` : text;
}

/** A number as Go's `%v`: like `%g` with the shortest exact digits. */
export function formatGeneral(value: number): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value) || size === 0 || (size >= 1e-4 && size < 1e21)) return formatFixed(value, -1);
  return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
}

/** A time span as Go prints whole seconds: `10s`, `1m30s`, `1h0m0s`. */
export function formatSeconds(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const rest = `${seconds % 60}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}

function withoutExponent(text: string): string {
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign = "", first = "", fraction = "", exponent = "0"] = match;
  const digits = first + fraction;
  const point = 1 + Number(exponent);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, "0")}`; // 1e21 and above: no digit is left behind the point
}

/** The exact decimal value lies in the middle of two texts with so many places; Go takes the even one then. */
function isTie(value: number, places: number): boolean {
  const doubled = value * 10 ** places * 2;
  return Number.isInteger(value * 2 ** (places + 1)) && Number.isInteger(doubled) && doubled % 2 !== 0;
}

function halfEven(value: number, places: number): string {
  const scaled = value * 10 ** places;
  const floor = Math.floor(scaled);
  const even = floor % 2 === 0 ? floor : floor + 1;
  return (even / 10 ** places).toFixed(places);
}
