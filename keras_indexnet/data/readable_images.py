import warnings
from threading import Lock

from keras_indexnet.data.byte_cache import ByteCache
from keras_indexnet.data.image_files import ImageFileError
from keras_indexnet.errors import IndexNetError


class ReadableImages:
    """Images by number, each read when first asked for; those that cannot be read are refused or passed over.

    Args:
        sources: list of what `read` takes: a path, or something hashable with several.
        read: function from a source to an array.
        broken: `"refuse"` or `"skip"`. What happens when an image cannot be read: an error that names it, or a
            warning that names it once, and the next readable image in its place.
        cache_bytes: int, how many bytes of decoded images are kept in memory.
        place: str, where the images are, for errors.

    Raises:
        ImageFileError: later, if an image cannot be read and is to be refused, or none can be read.
        ValueError: if `broken` is neither of the two words.
    """

    def __init__(self, sources, read, broken, cache_bytes, place):
        if broken not in ("refuse", "skip"):
            raise IndexNetError(f"Broken images are treated by 'refuse' or 'skip', not by {broken!r}.")
        self._sources = sources
        self._read = read
        self._broken = broken
        self._images = ByteCache(cache_bytes)
        self._place = place
        self._unreadable = set()
        self._lock = Lock()
        self._arguments = sources, read, broken, cache_bytes, place

    def __reduce__(self):  # in another process it has read nothing yet
        return ReadableImages, self._arguments

    def __getitem__(self, number):
        number = range(len(self._sources))[number]  # IndexError beyond the end, where a loop over them stops
        for source in self._sources[number:] + self._sources[:number]:
            if source in self._unreadable:
                continue
            try:
                return self._images.get(source, lambda source=source: self._read(source))
            except ImageFileError as error:
                if self._broken == "refuse":
                    raise
                self._skip(source, error)
        raise ImageFileError(f"No image of {self._place} can be read.")

    def _skip(self, source, error):
        with self._lock:
            if source in self._unreadable:  # another thread has said so
                return
            self._unreadable.add(source)
        warnings.warn(f"{error} The next image takes its place.", stacklevel=4)
