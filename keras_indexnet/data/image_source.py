from typing import Protocol

import numpy as np


class ImageSource(Protocol):
    """Anything with a length that gives images by number, such as `ImageFolder` or a list of arrays."""

    def __len__(self) -> int: ...

    def __getitem__(self, number: int, /) -> np.ndarray: ...
