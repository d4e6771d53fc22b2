'use strict';
// Numbers as people read them; the same as reports/text_format.cpp makes of them.
const Format = (() => {
  const SCALED = new Set(['B/s', 'FLOP/s', 's', 'W', 'Hz', 'J', 'V', 'A']);
  const PREFIXES = ['f', 'p', 'n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P'];

  function digits(value) {
    const size = Math.abs(value);
    if (size !== 0 && size < 0.0995) return String(Number(value.toPrecision(3)));
    return value.toFixed(size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
  }

  /** The power of 1000 that fits the value, as an index into PREFIXES. */
  function prefixOf(value) {
    let index = 5;
    let size = Math.abs(value);
    if (!(size > 0)) return index;
    for (; size >= 999.5 && index + 1 < PREFIXES.length; ++index) size /= 1000;
    for (; size < 0.9995 && index > 0; --index) size *= 1000;
    return index;
  }

  function scaled(value, unit, index) {
    return digits(value / Math.pow(1000, index - 5)) + ' ' + PREFIXES[index] + unit;
  }

  function value(v, unit) {
    if (v === null || v === undefined || !Number.isFinite(v)) return 'no value';
    if (v === 0 && SCALED.has(unit)) return '0 ' + unit;
    if (SCALED.has(unit)) return scaled(v, unit, prefixOf(v));
    const plain = Number.isInteger(v) && Math.abs(v) < 1e15 ? String(v) : digits(v);
    return unit === '1' || !unit ? plain : plain + ' ' + (unit === 'degC' ? '°C' : unit);
  }

  /** A function that writes all values of one axis with one prefix. */
  function axis(typical, unit) {
    const index = SCALED.has(unit) ? prefixOf(typical) : 5;
    const name = unit === '1' ? '' : unit === 'degC' ? '°C' :
        SCALED.has(unit) ? PREFIXES[index] + unit : unit;
    return {name, number: (v) => v / Math.pow(1000, index - 5)};
  }

  function percent(fraction) {
    if (fraction === null || !Number.isFinite(fraction)) return 'unknown';
    const text = (100 * fraction).toFixed(Math.abs(fraction) < 0.0995 ? 2 : 1);
    return (fraction > 0 ? '+' : '') + text.replace('-', '−') + ' %';
  }

  /** A deviation in a metric's own terms: percent, or kelvin. */
  function deviation(m, worseBy) {
    if (!Number.isFinite(worseBy)) return '';
    const signed = m.better === 'higher' ? -worseBy : worseBy;
    if (!m.is_temperature) return percent(signed);
    return (signed > 0 ? '+' : '') + signed.toFixed(1).replace('-', '−') + ' K';
  }

  /** A robust standard deviation: against the median, or in kelvin. */
  function spread(deviation, median, unit) {
    if (deviation === null) return 'unknown';
    if (unit === 'degC') return deviation.toFixed(2) + ' K';
    return median === 0 ? value(deviation, unit)
                        : percent(deviation / Math.abs(median)).replace('+', '');
  }

  function duration(seconds) {
    const whole = Math.round(seconds);
    if (whole < 60) return whole + ' s';
    if (whole < 3600) return Math.floor(whole / 60) + ' min ' + whole % 60 + ' s';
    const minutes = Math.round(whole / 60);
    if (minutes < 1440) return Math.floor(minutes / 60) + ' h ' + minutes % 60 + ' min';
    const hours = Math.round(minutes / 60);
    return Math.floor(hours / 24) + ' d ' + hours % 24 + ' h';
  }

  const count = (n) => Number(n).toLocaleString('en-US').replace(/,/g, '\u202f');
  const plural = (n, one, many) => count(n) + ' ' + (n === 1 ? one : many || one + 's');
  const chance = (p) => p === null ? '' : p < 1e-4 ? p.toExponential(1) : p.toPrecision(2);

  return {value, axis, percent, deviation, spread, duration, count, plural, chance};
})();
