'use strict';
// The JSON blocks that rackproof wrote into the page, read when they are asked for.
// reports/html_data.hpp says how numbers are packed.

const Blocks = (() => {
  const kept = new Map();

  /** The block of this name; kept, unless it is large and wanted once. */
  function block(name) {
    if (!kept.has(name)) {
      kept.set(name, JSON.parse(document.getElementById('data-' + name).textContent));
    }
    return kept.get(name);
  }

  const ARRAYS = {u8: Uint8Array, u16: Uint16Array, i32: Int32Array, f32: Float32Array};

  function numbers(column) {
    if ('all' in column) return new Int32Array(column.size).fill(column.all);
    const text = atob(column.data);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; ++i) bytes[i] = text.charCodeAt(i);
    return new ARRAYS[column.type](bytes.buffer);
  }

  function texts(column) {
    const of = numbers(column.of);
    return {is: column.is, of, at: (i) => column.is[of[i]]};
  }

  return {block, numbers, texts};
})();
