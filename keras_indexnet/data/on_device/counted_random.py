import math

from keras import ops

# Wellons's lowbias32, in 32-bit integers with a sign, which every backend multiplies modulo 2^32.
MULTIPLIERS = (0x7FEB352D, 0x846CA68B - 2**32)
SHIFTS = (16, 15, 16)
GOLDEN_RATIO = 0x9E3779B9 - 2**32  # of 2^32: steps of it spread evenly


class CountedRandom:
    """Random numbers of numbered samples, equal on every backend and in batches of any size.

    A generator with a state would tie a sample to what was drawn before it, and every backend has another.
    These are a hash of the seed, the sample's number and how many calls came before, so a run that goes on, or
    is divided over devices, draws what the whole run would have drawn.

    Args:
        seed: int.
        numbers: int32 tensor of shape `(B,)`, the samples' numbers.

    Example:

    >>> from keras import ops
    >>> from keras_indexnet.data.on_device.counted_random import CountedRandom
    >>> both = CountedRandom(0, ops.convert_to_tensor([6, 7], "int32")).uniform()
    >>> second = CountedRandom(0, ops.convert_to_tensor([7], "int32")).uniform()
    >>> bool(both[1] == second[0])
    True

    Source: Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011, for the idea of a counter;
    the hash is lowbias32 (Wellons, "Prospecting for Hash Functions", 2018).
    """

    def __init__(self, seed, numbers):
        self.keys = _hashed(_hashed(ops.cast(numbers, "int32")) + _signed(seed))
        self._calls = 0

    def uniform(self, low=0.0, high=1.0, shape=()):
        """Return float32 numbers from `low` to below `high`, of shape `(B, *shape)`."""
        self._calls += 1
        bits = _hashed(self.keys + _signed(self._calls * GOLDEN_RATIO))
        if shape:
            places = ops.arange(math.prod(shape), dtype="int32")
            bits = ops.reshape(_hashed(bits[:, None] + places[None]), (-1, *shape))
        # 24 bits are what float32 can tell apart in [0, 1).
        return low + (high - low) * (ops.cast(_shifted(bits, 8), "float32") * 2.0**-24)

    def integers(self, low, high, shape=()):
        """Return whole numbers from `low` to `high`, both included, as int32 of shape `(B, *shape)`."""
        drawn = ops.floor(self.uniform(shape=shape) * ops.cast(high - low + 1, "float32"))
        return low + ops.minimum(ops.cast(drawn, "int32"), ops.cast(high - low, "int32"))

    def happens(self, share):
        """Return whether something of this probability happens, as booleans of shape `(B,)`."""
        return self.uniform() < share

    def normal(self, shape):
        """Return float32 numbers of the standard normal distribution, of shape `(B, *shape)`."""
        radius = ops.sqrt(-2.0 * ops.log(1.0 - self.uniform(shape=shape)))  # Box and Muller
        return radius * ops.cos(2.0 * math.pi * self.uniform(shape=shape))


def _hashed(bits):
    """Mix 32 bits so that each of them depends on all."""
    bits = ops.bitwise_xor(bits, _shifted(bits, SHIFTS[0])) * MULTIPLIERS[0]
    bits = ops.bitwise_xor(bits, _shifted(bits, SHIFTS[1])) * MULTIPLIERS[1]
    return ops.bitwise_xor(bits, _shifted(bits, SHIFTS[2]))


def _shifted(bits, by):
    """Shift to the right and fill with zeros; `ops.right_shift` repeats the sign."""
    return ops.bitwise_and(ops.right_shift(bits, by), 2 ** (32 - by) - 1)


def _signed(number):
    """Return an int modulo 2^32, as an int32 has it."""
    return (number + 2**31) % 2**32 - 2**31
