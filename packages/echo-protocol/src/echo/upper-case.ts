/**
 * Returns the text in upper case, as Python's `str.upper()` does: the full
 * mapping of the Unicode Standard (`ß` becomes `SS`, `ΐ` becomes three code
 * points), in no locale.
 *
 * The two can only differ in characters that one side's version of Unicode does
 * not have (`process.versions.unicode` here, `unicodedata.unidata_version` there).
 */
export function upperCase(text: string): string {
  return text.toUpperCase();
}
