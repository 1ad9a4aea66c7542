/** Values of EXIF and of multi-picture indexes. */

const WIDTHS = new Map([[1, 1], [3, 2], [4, 4]]);

/**
 * Reads a whole number from a block's first directory.
 *
 * @param {Uint8Array} block It begins like a TIFF file.
 * @param {number} tag
 * @param {number} fallback The value if the block has no such tag.
 * @returns {number}
 */
export function directoryValue(block, tag, fallback) {
  const little = block[0] === 0x49;
  const order = little ? [0x49, 0x49, 42, 0] : [0x4d, 0x4d, 0, 42];
  if (!order.every((byte, i) => block[i] === byte)) return fallback;
  const view = new DataView(block.buffer, block.byteOffset, block.length);
  let value = fallback;
  try {
    const start = view.getUint32(4, little);
    const count = view.getUint16(start, little);
    // The offset of the next directory follows the entries.
    view.getUint32(start + 2 + 12 * count, little);
    for (let at = start + 2; at < start + 2 + 12 * count; at += 12) {
      const width = WIDTHS.get(view.getUint16(at + 2, little));
      if (view.getUint16(at, little) !== tag || !width) continue;
      if (width === 1) value = view.getUint8(at + 8);
      else if (width === 2) value = view.getUint16(at + 8, little);
      else value = view.getUint32(at + 8, little);
    }
  } catch {
    return fallback;
  }
  return value;
}
