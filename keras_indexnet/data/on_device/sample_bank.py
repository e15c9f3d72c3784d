from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import numpy as np

from keras_indexnet.data.byte_cache import GIBIBYTE
from keras_indexnet.data.image_source import ImageSource
from keras_indexnet.data.on_device.pieces import (
    LEVELS,
    Piece,
    background_pieces,
    foreground_pieces,
    level_sizes,
)
from keras_indexnet.data.on_device.processes import Processes
from keras_indexnet.data.on_device.shelf import Shelf
from keras_indexnet.data.procedural_foregrounds import ProceduralForegrounds
from keras_indexnet.given_numbers import whole_number


class Squares(NamedTuple):
    """Pieces of pictures, as a device keeps them."""

    pixels: np.ndarray  # int32 `(N, pixels of all levels)`, as `Piece` has them
    frames: np.ndarray  # int32 `(N, 2)`, height and width of what is not mirrored


class SampleBank:
    """The foregrounds and backgrounds of `SampleComposer`, cut into squares that fit a device's memory.

    What is smaller than a square is mirrored at its borders. What is larger gives several: parts of its own
    size, where there is something soft in them, and the whole of it shrunk until the shorter side fits.

    Where not all squares of a source fit into the memory, the bank holds one of each picture, a part of it by
    how much is soft in it, and before each epoch some make room for the next ones: `SampleComposer.renew`. What
    it holds in an epoch follows from the epoch's number; threads, or processes, only make it ahead of time. So
    drawn foregrounds are new all the time where there are more than a run can use.

    Args:
        foregrounds: list of foreground sources (`ImageFolder`, `ProceduralForegrounds` or anything with a
            length that gives uint8 arrays of shape `(H, W, 4)` by number).
        backgrounds: a source of uint8 arrays of shape `(H, W, 3)`.
        shares: list of floats, how often each source of foregrounds is drawn from, and how much of their memory
            it may take; equal if None.
        side: int, of a square in pixels, a multiple of 4. The largest crop.
        workers: int, threads that read or draw the pictures.
        processes: int, processes in which `ProceduralForegrounds` are drawn that do not all fit, in time that
            the cores have to spare; 0: the threads do it.
        bank_bytes: int, how much of the device's memory the bank takes at most, of which backgrounds may have
            a half; 2 GiB unless told otherwise.
        bank_epochs: int, how many epochs a picture stays where not all fit.

    Raises:
        ValueError: if the memory holds no square of each source.

    Example:

    >>> from keras_indexnet import data
    >>> foregrounds = data.ProceduralForegrounds(count=3, size=128)
    >>> bank = data.SampleBank([foregrounds], data.ProceduralBackgrounds(count=2, size=128), side=128)
    >>> len(bank.foregrounds.frames), len(bank.backgrounds.frames)
    (3, 2)

    One whose pictures change has threads and processes to end:

    ```python
    endless = data.ProceduralForegrounds(count=10**9, cache_bytes=0)
    with data.SampleBank([endless], backgrounds, processes=8) as bank:
        model = training.ComposedTraining(network, data.SampleComposer(bank, "real"))
        ...
        model.fit(numbers, epochs=20, callbacks=[training.RenewBank()])
    ```
    """

    def __init__(
        self,
        foregrounds: Sequence[ImageSource],
        backgrounds: ImageSource,
        shares: Sequence[float] | None = None,
        side: int = 512,
        workers: int = 1,
        processes: int = 0,
        bank_bytes: int = 2 * GIBIBYTE,
        bank_epochs: int = 4,
    ) -> None:
        self.side = side = whole_number(side, "The side of a square", multiple=2 ** (LEVELS - 1))
        processes = whole_number(processes, "processes", least=0)
        room = whole_number(bank_bytes, "bank_bytes")
        epochs = whole_number(bank_epochs, "bank_epochs")
        drawn = np.asarray(shares if shares is not None else [1.0] * len(foregrounds), float)
        self._pool = ThreadPoolExecutor(whole_number(workers, "workers"))
        self._processes: list[Processes] = []
        try:
            cut: Callable = partial(background_pieces, backgrounds, side=side)
            self._backgrounds = Shelf(cut, len(backgrounds), _squares_in(room // 2, side), self._pool, epochs)
            self.backgrounds = _squares(self._backgrounds.taken())
            room = _squares_in(room - self.backgrounds.pixels.nbytes, side, distances=side**2)
            self._foregrounds, self._shares = [], []
            for source, share in zip(foregrounds, drawn / drawn.sum(), strict=True):
                if share:
                    own_room = int(share * room)
                    cut = partial(foreground_pieces, source, side=side)
                    if processes and isinstance(source, ProceduralForegrounds) and len(source) > own_room:
                        self._processes.append(Processes(cut, processes))
                        cut = self._processes[-1]
                    self._foregrounds.append(Shelf(cut, len(source), own_room, self._pool, epochs))
                    self._shares.append(share)
            pieces = [piece for shelf in self._foregrounds for piece in shelf.taken()]
            self.foregrounds = _squares(pieces)
            self.distances = np.stack([piece.distances for piece in pieces])
        except BaseException:
            self.close()
            raise
        if not any(shelf.moving for shelf in (*self._foregrounds, self._backgrounds)):
            self.close()

    def __enter__(self) -> "SampleBank":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        """End the threads and processes that make pictures ahead of time; the bank stays as it is."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        for processes in self._processes:
            processes.close()

    @property
    def nbytes(self) -> int:
        """Bytes that the bank takes on a device."""
        return self.foregrounds.pixels.nbytes + self.distances.nbytes + self.backgrounds.pixels.nbytes

    def renewed(self, epoch: int) -> tuple[dict[int, Piece], dict[int, Piece]]:
        """Go to an epoch, and return what else it holds: pieces by square, foregrounds and backgrounds."""
        foregrounds: dict[int, Piece] = {}
        first = 0
        for shelf in self._foregrounds:
            foregrounds |= {first + place: piece for place, piece in shelf.renewed(epoch).items()}
            first += len(shelf.probabilities)
        return foregrounds, self._backgrounds.renewed(epoch)

    def upper_bounds(self, by_information: bool = False) -> np.ndarray:
        """Return up to which number in [0, 1) a random number means a square of a foreground.

        Args:
            by_information: bool, whether foregrounds are drawn by their information, or each equally often.

        Returns:
            float32 array of shape `(N,)`.
        """
        bounds, start = [], 0.0
        for shelf, share in zip(self._foregrounds, self._shares, strict=True):
            weights = np.cumsum(shelf.probabilities * (shelf.information if by_information else 1.0))
            bounds.append(start + share * weights / weights[-1])
            start += share
        return np.concatenate(bounds).astype(np.float32)


def _squares(pieces):
    return Squares(np.stack([piece.pixels for piece in pieces]), np.stack([piece.frame for piece in pieces]))


def _squares_in(room, side, distances=0):
    """Return how many squares a number of bytes holds, and a 32-bit number counts the pixels of."""
    pixels = sum(size**2 for size in level_sizes(side))
    return min(room // (4 * pixels + distances), (2**31 - 1) // pixels)
