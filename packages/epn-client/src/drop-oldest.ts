/** Removes the oldest entry of a map with more than `capacity` entries. */
export function dropOldest<K>(map: Map<K, unknown>, capacity: number): void {
  if (map.size <= capacity) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
