// The values of a trimap, and of what is painted: keras_indexnet/data/trimap/levels.py and web/marks.py.

export const [BACKGROUND, UNKNOWN, FOREGROUND] = [0, 128, 255];
export const UNMARKED = 1;
export const [DARKEST_SOFT, LIGHTEST_SOFT] = [11, 244];
