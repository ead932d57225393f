/** The values of labels come from small sets: nothing that a caller can choose makes a new series. */

/** Of a run that was refused before its runtime was known. */
export const UNKNOWN_RUNTIME = 'unknown';

/** Prebuilds have names without number: in the metrics they are one. */
export function imageLabel(image: string): string {
  return image.split(':')[0] ?? image;
}
