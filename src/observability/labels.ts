/** Label values come from small sets, so that no caller can create new time series. */

/** For runs that were refused before their runtime was known. */
export const UNKNOWN_RUNTIME = 'unknown';

/** There can be any number of prebuilds, so all of them share one label. */
export function imageLabel(image: string): string {
  return image.split(':')[0] ?? image;
}
