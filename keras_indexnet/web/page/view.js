// How the photograph lies in the stage: a point of it is shown at point * scale + (x, y), in CSS pixels.

const LARGEST_SCALE = 24; // CSS pixels of one pixel of the photograph

export class View {
  #stage;
  width = 1; // of the photograph
  height = 1;
  scale = 1;
  fits = true; // all of the photograph is shown, as large as possible
  x = 0;
  y = 0;

  constructor(stage) {
    this.#stage = stage;
  }

  /** The scale at which all of the photograph is shown. */
  get #fitting() {
    return Math.min(this.#stage.clientWidth / this.width, this.#stage.clientHeight / this.height);
  }

  show(width, height) {
    [this.width, this.height] = [width, height];
    this.fit();
  }

  fit() {
    this.scale = this.#fitting;
    this.fits = true;
    this.#keepInStage();
  }

  /** For when the stage has another size. */
  resize() {
    if (this.fits) this.fit();
    else this.zoom(1);
  }

  /** Zoom, with a point of the window staying where it is: by default the middle of the stage. */
  zoom(factor, at = this.#middle()) {
    const fixed = this.toPhotograph(at);
    const least = this.#fitting;
    this.scale = Math.max(least, Math.min(Math.max(LARGEST_SCALE, least), this.scale * factor));
    this.fits = this.scale < least * 1.001;
    const { left, top } = this.#stage.getBoundingClientRect();
    this.x = at.clientX - left - fixed.x * this.scale;
    this.y = at.clientY - top - fixed.y * this.scale;
    this.#keepInStage();
  }

  pan(right, down) {
    this.x += right;
    this.y += down;
    this.#keepInStage();
  }

  /** The point of the photograph at a point of the window, such as an event's; it may lie outside. */
  toPhotograph({ clientX, clientY }) {
    const { left, top } = this.#stage.getBoundingClientRect();
    return { x: (clientX - left - this.x) / this.scale, y: (clientY - top - this.y) / this.scale };
  }

  #middle() {
    const { left, top, width, height } = this.#stage.getBoundingClientRect();
    return { clientX: left + width / 2, clientY: top + height / 2 };
  }

  /** All of the photograph lies in the middle of the stage; of a part, some is always there. */
  #keepInStage() {
    const [right, down] = [this.#stage.clientWidth / 2, this.#stage.clientHeight / 2];
    const [width, height] = [this.width * this.scale, this.height * this.scale];
    this.x = this.fits ? right - width / 2 : Math.min(right, Math.max(right - width, this.x));
    this.y = this.fits ? down - height / 2 : Math.min(down, Math.max(down - height, this.y));
  }
}
