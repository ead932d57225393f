/** Longer names cannot be misspellings of known names, and comparing them would take long. */
const MAX_CHARACTERS = 40;

/** The name that is closest to a misspelt one, or `undefined` if more than a third of every name would have to change. */
export function nearestName(misspelt: string, names: Iterable<string>): string | undefined {
  if (misspelt.length > MAX_CHARACTERS) return undefined;
  let nearest: { name: string; distance: number } | undefined;
  for (const name of names) {
    const distance = editDistance(misspelt, name);
    if (distance <= Math.max(1, name.length / 3) && distance < (nearest?.distance ?? name.length)) {
      nearest = { name, distance };
    }
  }
  return nearest?.name;
}

/** How many characters must be added, removed or replaced to turn one text into the other (Levenshtein distance). */
export function editDistance(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [row, character] of [...from].entries()) {
    const current = [row + 1];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = (above[column - 1] ?? 0) + Number(character !== to[column - 1]);
      current.push(Math.min(replaced, (above[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    above = current;
  }
  return above[to.length] ?? 0;
}
