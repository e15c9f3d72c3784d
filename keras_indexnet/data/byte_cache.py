from collections import OrderedDict
from threading import Lock

from keras_indexnet.given_numbers import whole_number

GIBIBYTE = 1024**3


class ByteCache:
    """Keeps arrays in memory, and forgets those not asked for the longest once they exceed a number of bytes.

    Threads may share one. Two that ask for the same array at the same moment may both make it.

    Args:
        limit: int, bytes of all arrays together. A larger one is made whenever it is asked for.

    Example:

    >>> import numpy as np
    >>> from keras_indexnet.data.byte_cache import ByteCache
    >>> cache = ByteCache(limit=1000)
    >>> for number in range(5):
    ...     picture = cache.get(number, lambda: np.zeros((20, 20), "uint8"))
    >>> cache.nbytes
    800
    """

    def __init__(self, limit):
        self.limit = whole_number(limit, "cache_bytes", least=0)
        self.nbytes = 0
        self._arrays = OrderedDict()  # the one asked for last comes last
        self._lock = Lock()

    def __reduce__(self):  # in another process it begins empty
        return ByteCache, (self.limit,)

    def get(self, key, make):
        """Return the array of a key, calling `make` for it unless it is still in memory."""
        with self._lock:
            if key in self._arrays:
                self._arrays.move_to_end(key)
                return self._arrays[key]
        array = make()  # outside of the lock: other threads go on meanwhile
        with self._lock:
            if key not in self._arrays and array.nbytes <= self.limit:
                self._arrays[key] = array
                self.nbytes += array.nbytes
                while self.nbytes > self.limit:
                    _, forgotten = self._arrays.popitem(last=False)
                    self.nbytes -= forgotten.nbytes
        return array
