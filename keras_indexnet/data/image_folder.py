import warnings
from threading import Lock

from keras_indexnet.data.byte_cache import GIBIBYTE, ByteCache
from keras_indexnet.data.image_files import ImageFileError, list_images, read_photograph


class ImageFolder:
    """The images of a folder and its subfolders by number, each decoded when first asked for.

    Args:
        folder: str or path.
        read: function from a path to an array: `read_photograph` for backgrounds, `read_foreground` for RGBA
            cut-outs.
        broken: `"refuse"` or `"skip"`. What happens when a file cannot be read: an error that names it, or a
            warning that names it once, and the next readable image in its place.
        cache_bytes: int, how many bytes of decoded images are kept in memory; 2 GiB unless told otherwise.

    Raises:
        ImageFileError: if the folder does not exist or holds no image; later, if an image cannot be read and
            is to be refused, or none can be read.
        ValueError: if `broken` is neither of the two words.

    Example:

    ```python
    backgrounds = ImageFolder("photographs", broken="skip")
    foregrounds = ImageFolder("cutouts", read=read_foreground)
    ```
    """

    def __init__(self, folder, read=read_photograph, broken="refuse", cache_bytes=2 * GIBIBYTE):
        if broken not in ("refuse", "skip"):
            raise ValueError(f"Broken images are treated by 'refuse' or 'skip', not by {broken!r}.")
        self.folder = folder
        self.paths = list_images(folder)
        self.broken = broken
        self._read = read
        self._images = ByteCache(cache_bytes)
        self._unreadable = set()
        self._lock = Lock()

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, number):
        number = range(len(self))[number]  # IndexError beyond the end, where a loop over the folder stops
        for path in self.paths[number:] + self.paths[:number]:
            if path in self._unreadable:
                continue
            try:
                return self._images.get(path, lambda path=path: self._read(path))
            except ImageFileError as error:
                if self.broken == "refuse":
                    raise
                self._skip(path, error)
        raise ImageFileError(f"No image of the folder {self.folder} can be read.")

    def _skip(self, path, error):
        with self._lock:
            if path in self._unreadable:  # another thread has said so
                return
            self._unreadable.add(path)
        warnings.warn(f"{error} The next image takes its place.", stacklevel=3)
