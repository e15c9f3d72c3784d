"""Learning rates over a run, as factors of the highest: functions of the share of the budget that is used."""

import math

# The paper trains for 30 epochs and divides the rate by 10 at epochs 20 and 26.
PAPER_DROPS = (20 / 30, 26 / 30)


def drops(progress: float) -> float:
    """Return the factor on the learning rate that the paper's schedule has: it falls to a tenth at two points.

    Args:
        progress: float in [0, 1], the share of the run that is done.

    Returns:
        Float in (0, 1].

    Example:

    >>> from keras_indexnet.training import schedules
    >>> [round(schedules.drops(epoch / 30), 3) for epoch in (0, 19, 20, 26)]
    [1.0, 1.0, 0.1, 0.01]

    Source: Lu et al., ICCV 2019, sec. 5.1.
    """
    # Counted in steps, epoch 20 must not begin a rounding error too late.
    return 0.1 ** sum(progress >= drop - 1e-9 for drop in PAPER_DROPS)


def constant(progress: float) -> float:
    """Return 1, the factor of a learning rate that stays as it is.

    Args:
        progress: float in [0, 1], the share of the run that is done.

    Returns:
        Float, 1.0.

    Example:

    >>> from keras_indexnet.training import schedules
    >>> schedules.constant(0.9)
    1.0

    Source: Xu et al., CVPR 2017, sec. 4.2.
    """
    return 1.0


def cosine(progress: float, warm_up: float = 0.05) -> float:
    """Return the factor on the learning rate of a linear warm-up and half a cosine wave down to 0.

    Args:
        progress: float in [0, 1], the share of the run that is done.
        warm_up: float in [0, 1), the share of the run in which the rate rises.

    Returns:
        Float in [0, 1].

    Example:

    >>> from keras_indexnet.training import schedules
    >>> [round(schedules.cosine(progress), 3) for progress in (0.0, 0.025, 0.05, 0.525, 1.0)]
    [0.0, 0.5, 1.0, 0.5, 0.0]

    Source: Loshchilov and Hutter, SGDR, ICLR 2017.
    """
    if progress < warm_up:
        return progress / warm_up
    return 0.5 * (1.0 + math.cos(math.pi * min((progress - warm_up) / (1.0 - warm_up), 1.0)))
