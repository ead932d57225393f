/** Copying this much costs less than another piece does. */
const SMALL_BYTES = 16 * 1024;

/** Joins neighbouring small buffers. Large ones are passed on as they are, because copying them is expensive. */
export function joinSmall(buffers: readonly Buffer[]): Buffer[] {
  const joined: Buffer[] = [];
  let small: Buffer[] = [];
  const join = () => {
    const [first, ...more] = small;
    if (first) joined.push(more.length === 0 ? first : Buffer.concat(small));
    small = [];
  };
  for (const buffer of buffers) {
    if (buffer.length < SMALL_BYTES) {
      small.push(buffer);
      continue;
    }
    join();
    joined.push(buffer);
  }
  join();
  return joined;
}
