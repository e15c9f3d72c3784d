import os
from typing import BinaryIO

from PIL import Image

# What a parameter for a file or a folder takes.
StrPath = str | os.PathLike[str]
# What a parameter for a picture takes: a file, one that is opened to read bytes, or what Pillow has opened.
Picture = StrPath | BinaryIO | Image.Image
