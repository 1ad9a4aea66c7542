/**
 * A JPEG scan's codes, followed to its end: browsers fill what is missing
 * with gray, and say nothing.
 */

/** @import {Component, Frame} from './jpeg_file.js' */

const DAMAGED = 'the JPEG file is damaged; copy it again';

/**
 * @typedef {object} Scan
 * @property {{component: Component | undefined, tables: number}[]} members
 * @property {number} first The first coefficient, 0 to 63.
 * @property {number} last
 * @property {boolean} refines Whether it refines earlier scans.
 */

/**
 * Makes a table of 16 bits to length and symbol.
 *
 * @param {Uint8Array} counts Codes of 1 to 16 bits.
 * @param {Uint8Array} symbols
 * @returns {Uint16Array} The length in the high byte; 0 where there is no
 *     code.
 */
export function huffmanTable(counts, symbols) {
  const table = new Uint16Array(65536);
  let code = 0;
  let next = 0;
  for (let length = 1; length <= 16; length++) {
    for (let i = 0; i < counts[length - 1]; i++) {
      const start = code << (16 - length);
      const end = (code + 1) << (16 - length);
      if (end > 65536) throw new Error(DAMAGED);
      table.fill((length << 8) | symbols[next], start, end);
      next += 1;
      code += 1;
    }
    code <<= 1;
  }
  return table;
}

/** The bits of one piece of data between restart markers. */
class Bits {
  /** @param {Uint8Array} data */
  constructor(data) {
    this.data = data;
    this.at = 0;
    this.held = 0;
    this.count = 0;
    // Zeros that were added behind the end.
    this.added = 0;
  }

  /** Holds at least 17 bits. */
  fill() {
    while (this.count <= 16) {
      let byte = 0;
      if (this.at < this.data.length) {
        byte = this.data[this.at++];
        // A 00 follows each FF.
        if (byte === 0xff) this.at += 1;
      } else {
        this.added += 8;
      }
      this.held = ((this.held << 8) | byte) & 0x1ffffff;
      this.count += 8;
    }
  }

  /** @param {number} count At most 16. */
  read(count) {
    if (!count) return 0;
    this.fill();
    this.count -= count;
    return (this.held >>> this.count) & ((1 << count) - 1);
  }

  /** @param {Uint16Array} table */
  symbol(table) {
    this.fill();
    const entry = table[(this.held >>> (this.count - 16)) & 0xffff];
    if (!entry) throw new Error(DAMAGED);
    this.count -= entry >> 8;
    return entry & 255;
  }

  /** Refuses what was too short, or has whole bytes left. */
  finish() {
    const left = this.count - this.added + 8 * (this.data.length - this.at);
    if (left < 0 || left >= 8) throw new Error(DAMAGED);
  }
}

/**
 * Follows a scan's codes.
 *
 * @param {Frame} frame
 * @param {Scan} scan
 * @param {Uint8Array} data From its header to the next marker.
 * @param {Map<number, Uint16Array>} tables By class and number.
 * @param {number} interval Between restart markers; 0 for none.
 * @throws {Error} The data are too short or too long, hold what is no code,
 *     or restart markers are missing or out of order.
 */
export function checkScan(frame, scan, data, tables, interval) {
  const {units, blocks} = layout(frame, scan);
  const step = interval || units;
  const pieces = split(data);
  if (pieces.length !== Math.ceil(units / step)) throw new Error(DAMAGED);
  const decode = decoder(frame, scan, tables);
  pieces.forEach((piece, i) => {
    const bits = new Bits(piece);
    const state = {run: 0};
    const end = Math.min(units, (i + 1) * step);
    for (let unit = i * step; unit < end; unit++) {
      for (const [member, index] of blocks(unit)) {
        decode(bits, member, index, state);
      }
    }
    bits.finish();
  });
}

/**
 * The data between restart markers, which must be numbered in turn.
 *
 * @param {Uint8Array} data
 */
function split(data) {
  const pieces = [];
  let start = 0;
  for (let at = 0; at + 1 < data.length; at++) {
    if (data[at] !== 0xff || data[at + 1] < 0xd0 || data[at + 1] > 0xd7) {
      continue;
    }
    if (data[at + 1] - 0xd0 !== pieces.length % 8) throw new Error(DAMAGED);
    let end = at;
    while (end > start && data[end - 1] === 0xff) end -= 1;
    pieces.push(data.subarray(start, end));
    start = at + 2;
  }
  pieces.push(data.subarray(start));
  return pieces;
}

/**
 * How many units a scan codes, and the blocks of each: the number of its
 * component in the scan, and of the block in the component.
 *
 * @param {Frame} frame
 * @param {Scan} scan
 */
function layout({width, height, components}, {members}) {
  const h = Math.max(...components.map((one) => one.h));
  const v = Math.max(...components.map((one) => one.v));
  const across = Math.ceil(width / (8 * h));
  const down = Math.ceil(height / (8 * v));
  /** @type {[number, number][]} */
  const list = [];
  if (members.length === 1) {
    const one = /** @type {Component} */ (members[0].component);
    const columns = Math.ceil(Math.ceil(width * one.h / h) / 8);
    const rows = Math.ceil(Math.ceil(height * one.v / v) / 8);
    list.push([0, 0]);
    return {units: columns * rows, blocks: (/** @type {number} */ unit) => {
      const row = Math.floor(unit / columns);
      list[0][1] = row * across * one.h + unit % columns;
      return list;
    }};
  }
  members.forEach(({component}, i) => {
    const {h, v} = /** @type {Component} */ (component);
    for (let k = 0; k < h * v; k++) list.push([i, 0]);
  });
  return {units: across * down, blocks: (/** @type {number} */ unit) => {
    const [row, column] = [Math.floor(unit / across), unit % across];
    let next = 0;
    for (const {component} of members) {
      const {h, v} = /** @type {Component} */ (component);
      for (let y = 0; y < v; y++) {
        for (let x = 0; x < h; x++) {
          list[next++][1] = (row * v + y) * across * h + column * h + x;
        }
      }
    }
    return list;
  }};
}

/**
 * The function that follows one block's codes.
 *
 * @param {Frame} frame
 * @param {Scan} scan
 * @param {Map<number, Uint16Array>} tables
 * @returns {(bits: Bits, member: number, index: number,
 *     state: {run: number}) => void}
 */
function decoder(frame, {members, first, last, refines}, tables) {
  const table = (/** @type {number} */ member, /** @type {number} */ kind) => {
    const number = members[member].tables;
    const key = kind ? 0x10 | (number & 15) : number >> 4;
    const found = tables.get(key);
    if (!found) throw new Error(DAMAGED);
    return found;
  };
  if (!frame.progressive) {
    const means = members.map((_, i) => table(i, 0));
    const details = members.map((_, i) => table(i, 1));
    return (bits, member) => {
      bits.read(bits.symbol(means[member]) & 15);
      sequential(bits, details[member]);
    };
  }
  if (first === 0) {
    if (refines) return (bits) => void bits.read(1);
    const means = members.map((_, i) => table(i, 0));
    return (bits, member) => void bits.read(bits.symbol(means[member]) & 15);
  }
  const component = /** @type {Component} */ (members[0].component);
  component.known ??= new Uint8Array(64 * blockCount(frame, component));
  const {known} = component;
  const codes = table(0, 1);
  const follow = refines ? refine : bring;
  return (bits, _, index, state) => follow(
    bits, codes, known.subarray(64 * index, 64 * index + 64), first, last,
    state);
}

/**
 * @param {Frame} frame
 * @param {Component} component
 */
function blockCount({width, height, components}, {h, v}) {
  const most = (/** @type {'h' | 'v'} */ side) =>
    Math.max(...components.map((one) => one[side]));
  return h * Math.ceil(width / (8 * most('h'))) *
    v * Math.ceil(height / (8 * most('v')));
}

/**
 * The details of a block in one go.
 *
 * @param {Bits} bits
 * @param {Uint16Array} codes
 */
function sequential(bits, codes) {
  for (let k = 1; k < 64; k++) {
    const symbol = bits.symbol(codes);
    const size = symbol & 15;
    k += symbol >> 4;
    if (size) bits.read(size);
    else if (symbol !== 0xf0) return;
  }
}

/**
 * The first scan of some details.
 *
 * @param {Bits} bits
 * @param {Uint16Array} codes
 * @param {Uint8Array} known
 * @param {number} first
 * @param {number} last
 * @param {{run: number}} state How many blocks more have nothing.
 */
function bring(bits, codes, known, first, last, state) {
  if (state.run) {
    state.run -= 1;
    return;
  }
  for (let k = first; k <= last; k++) {
    const symbol = bits.symbol(codes);
    const run = symbol >> 4;
    const size = symbol & 15;
    if (!size && run < 15) {
      state.run = (1 << run) + bits.read(run) - 1;
      return;
    }
    k += run;
    if (size) {
      bits.read(size);
      known[k & 63] = 1;
    }
  }
}

/**
 * A scan that refines some details.
 *
 * @param {Bits} bits
 * @param {Uint16Array} codes
 * @param {Uint8Array} known
 * @param {number} first
 * @param {number} last
 * @param {{run: number}} state How many blocks more have nothing new.
 */
function refine(bits, codes, known, first, last, state) {
  let k = first;
  while (!state.run && k <= last) {
    const symbol = bits.symbol(codes);
    let run = symbol >> 4;
    const size = symbol & 15;
    if (!size && run < 15) {
      state.run = (1 << run) + bits.read(run);
      break;
    }
    // A new coefficient has a single bit.
    if (size > 1) throw new Error(DAMAGED);
    if (size) bits.read(1);
    for (; k <= last; k++) {
      if (known[k]) bits.read(1);
      else if (run-- === 0) break;
    }
    if (size && k <= last) known[k] = 1;
    k += 1;
  }
  if (!state.run) return;
  for (; k <= last; k++) if (known[k]) bits.read(1);
  state.run -= 1;
}
