"""The page that `indexnet serve` shows in the browser, and the server behind it (extra `serve`)."""

from keras_indexnet.web.application import RESPONSE_HEADERS, matting_app
from keras_indexnet.web.marks import UNMARKED, trimap_from_marks
from keras_indexnet.web.uploads import MAX_PHOTOGRAPH_PIXELS, read_upload

__all__ = [
    "MAX_PHOTOGRAPH_PIXELS",
    "RESPONSE_HEADERS",
    "UNMARKED",
    "matting_app",
    "read_upload",
    "trimap_from_marks",
]
