from functools import lru_cache

from keras_indexnet.data.image_files import list_images, read_photograph


class ImageFolder:
    """The images of a folder and its subfolders by number, each decoded once and kept in memory.

    Args:
        folder: str or path.
        read: function from a path to an array: `read_photograph` for backgrounds, `read_foreground` for RGBA
            cut-outs.
        kept: int, how many decoded images are kept.

    Raises:
        ImageFileError: if the folder does not exist or holds no image.

    Example:

    ```python
    backgrounds = ImageFolder("photographs")
    foregrounds = ImageFolder("cutouts", read=read_foreground)
    ```
    """

    def __init__(self, folder, read=read_photograph, kept=1024):
        self.paths = list_images(folder)
        self._read = lru_cache(maxsize=kept)(read)

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, number):
        return self._read(self.paths[number])
