/**
 * Environment for the process, read by the C library (glibc) when it starts: unused memory of buffers of 128 KiB and more, and
 * at the end of the heap, goes back to the system at once. Without it the first large job raises both bounds up to 64 MiB.
 * Source: mallopt(3), M_MMAP_THRESHOLD "dynamic".
 */
export const ALLOCATOR: Readonly<Record<string, string>> = {
  MALLOC_MMAP_THRESHOLD_: "131072",
  MALLOC_TRIM_THRESHOLD_: "131072",
};
