"""The page that `indexnet serve` shows in the browser, and the server behind it (extra `serve`)."""

from keras_indexnet.serving.matting_app import RESPONSE_HEADERS, matting_app
from keras_indexnet.serving.read_upload import MAX_PHOTOGRAPH_PIXELS, read_upload
from keras_indexnet.serving.trimap_from_marks import UNMARKED, trimap_from_marks

__all__ = [
    "MAX_PHOTOGRAPH_PIXELS",
    "RESPONSE_HEADERS",
    "UNMARKED",
    "matting_app",
    "read_upload",
    "trimap_from_marks",
]
