// Numbers in rows and columns, as NumPy has them: masks, trimaps, distances. An image has three to a pixel.

export class Plane {
  constructor(width, height, data) {
    [this.width, this.height, this.data] = [width, height, data];
  }

  static filled(width, height, value, Kind = Uint8Array) {
    return new Plane(width, height, new Kind(width * height).fill(value));
  }

  get channels() {
    return this.data.length / (this.width * this.height);
  }

  /** What a function makes of the number at each place, which it is given, too. */
  map(make, Kind = Uint8Array) {
    const made = new Kind(this.data.length);
    for (let at = 0; at < made.length; at++) made[at] = make(this.data[at], at);
    return new Plane(this.width, this.height, made);
  }

  equal(level) {
    return this.map((value) => (value === level ? 1 : 0));
  }

  has(level) {
    return this.data.includes(level);
  }

  copy() {
    return new Plane(this.width, this.height, this.data.slice());
  }

  isOfSize({ width, height }) {
    return this.width === width && this.height === height;
  }

  /** A rectangle of it. */
  part({ x, y, width, height }) {
    const made = new Plane(width, height, new this.data.constructor(width * height * this.channels));
    for (let row = 0; row < height; row++) {
      const start = ((y + row) * this.width + x) * this.channels;
      made.data.set(this.data.subarray(start, start + width * this.channels), row * width * this.channels);
    }
    return made;
  }

  /** Put a plane in the place of a rectangle of its size. */
  put(part, { x, y }) {
    const length = part.width * this.channels;
    for (let row = 0; row < part.height; row++) {
      const values = part.data.subarray(row * length, (row + 1) * length);
      this.data.set(values, ((y + row) * this.width + x) * this.channels);
    }
  }

  /** The numbers along its border, corners twice. */
  border() {
    const { width, height, data } = this;
    const sides = [data.subarray(0, width), data.subarray(data.length - width)].flatMap((row) => [...row]);
    for (let row = 0; row < height; row++) sides.push(data[row * width], data[(row + 1) * width - 1]);
    return sides;
  }
}

/** The largest of many numbers; Math.max takes only so many. */
export function largest(numbers) {
  return numbers.reduce((most, number) => (number > most ? number : most), -Infinity);
}

/** Round as Python does: halves to the even side. */
export function rounded(number) {
  const below = Math.floor(number);
  if (number - below !== 0.5) return Math.round(number);
  return below % 2 ? below + 1 : below;
}
