/** Takes the oldest entry out of a map that has more than `capacity`. */
export function dropOldest<K>(map: Map<K, unknown>, capacity: number): void {
  if (map.size <= capacity) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
