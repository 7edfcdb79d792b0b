/** The words that Prometheus has for the units of OpenTelemetry. */
const UNITS: ReadonlyMap<string, string> = new Map([
  ['s', 'seconds'],
  ['ms', 'milliseconds'],
  ['us', 'microseconds'],
  ['ns', 'nanoseconds'],
  ['min', 'minutes'],
  ['h', 'hours'],
  ['d', 'days'],
  ['By', 'bytes'],
  ['KiBy', 'kibibytes'],
  ['MiBy', 'mebibytes'],
  ['GiBy', 'gibibytes'],
  ['V', 'volts'],
  ['A', 'amperes'],
  ['J', 'joules'],
  ['W', 'watts'],
  ['g', 'grams'],
  ['Cel', 'celsius'],
  ['Hz', 'hertz'],
  ['%', 'percent'],
]);

/**
 * Gives a metric of OpenTelemetry the name that it has in Prometheus, by OpenTelemetry's own rules.
 *
 * @param name such as `http.server.request.duration`
 * @param unit by UCUM, such as `s`, `By` or `{request}`
 * @param kind a `counter` ends in `_total`; a `gauge` without a dimension in `_ratio`
 */
export function prometheusName(
  name: string,
  unit: string,
  kind: 'counter' | 'gauge' | 'histogram',
): string {
  const plain = unit.replaceAll(/\{[^}]*\}/g, '');
  const [over = '', per] = plain.split('/');
  const words = [name, wordOf(over, kind), ...(per ? ['per', wordOf(per, kind)] : [])];
  let result = '';
  for (const word of words) {
    const clean = word
      .replaceAll(/[^A-Za-z0-9:]+/g, '_')
      .replaceAll(/_+/g, '_')
      .replace(/_$/, '');
    if (clean !== '' && !result.endsWith(`_${clean}`)) result += (result && '_') + clean;
  }
  if (/^\d/.test(result)) result = `_${result}`;
  return kind === 'counter' && !result.endsWith('_total') ? `${result}_total` : result;
}

/**
 * Gives an attribute the name that it has as a label.
 *
 * @param name such as `http.request.method`
 */
export function labelName(name: string): string {
  const clean = name.replaceAll(/\W+/g, '_').replaceAll(/_+/g, '_');
  return /^\d/.test(clean) ? `key_${clean}` : clean;
}

function wordOf(unit: string, kind: string): string {
  if (unit === '1') return kind === 'gauge' ? 'ratio' : '';
  return UNITS.get(unit) ?? unit;
}
