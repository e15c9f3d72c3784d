import time

import numpy as np


def matrix_product_peak(side: int = 2048, repeats: int = 5) -> float:
    """Measure how fast this machine multiplies large float32 matrices: what convolutions can hope for.

    NumPy's BLAS takes as many threads as the machine has cores, unless OPENBLAS_NUM_THREADS says otherwise.

    Args:
        side: int, rows and columns of the matrices.
        repeats: int; the fastest counts, as others may use the machine, too.

    Returns:
        float, multiply-adds a second.

    Example:

    >>> from keras_indexnet.profiling import matrix_product_peak
    >>> matrix_product_peak(side=64, repeats=1) > 0
    True
    """
    left, right = np.random.default_rng(0).random((2, side, side), dtype=np.float32)
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        left @ right
        seconds.append(time.perf_counter() - start)
    return side**3 / min(seconds)
