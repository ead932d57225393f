/** The values of labels come from small sets: nothing that a caller can choose makes a new series. */

/** Of a run that was refused before its runtime was known. */
export const UNKNOWN_RUNTIME = 'unknown';

/** There can be any number of prebuilds, so all of them share one label. */
export function imageLabel(image: string): string {
  return image.split(':')[0] ?? image;
}
