import math

import numpy as np

from keras_indexnet.errors import IndexNetError


class Shelf:
    """The squares that a `SampleBank` has of one source: all of them, or one of each picture, by turns.

    Where not all fit, each place goes to another picture every few epochs, some of the places before each
    epoch. Which picture it is follows from the place and the number of the epoch; the executor only makes those
    of the next epoch ahead of time.

    Args:
        cut: function from the number of a picture to its `Piece`s.
        count: int, how many pictures there are.
        room: int, how many squares fit.
        pool: `concurrent.futures.Executor`.
        epochs: int, how long a picture stays.

    Attributes:
        moving: bool, whether that changes.
        probabilities: array of the pieces' probabilities.
        information: array of the information of their pictures.

    Raises:
        ValueError: if there is room for nothing.
    """

    def __init__(self, cut, count, room, pool, epochs):
        if room < 1:
            raise IndexNetError("The bank's memory is too small for a square of each source of pictures.")
        self._cut, self._count, self._pool, self._epochs = cut, count, pool, epochs
        self._step = max(1, round(0.618 * count))  # files whose names are alike come far apart
        while math.gcd(self._step, count) > 1:
            self._step += 1
        pieces = self._all_pieces(room)
        self.moving = pieces is None
        if self.moving:
            self._turns = self._turns_in(0, room)
            pieces = list(pool.map(self._piece, self._turns))
        self._first, self._ahead = pieces, {}
        self.probabilities = np.array([piece.probability for piece in pieces])
        self.information = np.array([piece.information for piece in pieces])

    def taken(self):
        """Hand over the pieces that are there at first; the shelf itself keeps none."""
        pieces, self._first = self._first, None
        return pieces

    def renewed(self, epoch):
        """Go to an epoch, and return the pieces that are new since the one before, by their places."""
        if not self.moving:
            return {}
        turns = self._turns_in(epoch, len(self._turns))
        places = np.flatnonzero(turns != self._turns)
        ahead, self._ahead = self._ahead, {}
        futures = {place: ahead.get(turns[place]) or self._made(turns[place]) for place in places}
        pieces = {int(place): future.result() for place, future in futures.items()}
        for place, piece in pieces.items():
            self.probabilities[place], self.information[place] = piece.probability, piece.information
        self._turns = turns
        following = self._turns_in(epoch + 1, len(turns))
        self._ahead = {turn: self._made(turn) for turn in following[following != turns]}
        return pieces

    def _turns_in(self, epoch, places):
        """Return which piece of an endless row is at each place: a new row for each that was taken."""
        place = np.arange(places)
        taken = (epoch + self._epochs - 1 - place % self._epochs) // self._epochs
        return place + places * taken

    def _made(self, turn):
        return self._pool.submit(self._piece, turn)

    def _piece(self, turn):
        """Return a piece of the picture whose turn it is, by how much each shows of what is to be learned."""
        pieces = self._cut(int(turn) * self._step % self._count)
        probabilities = [piece.probability for piece in pieces]
        piece = pieces[np.random.default_rng(turn).choice(len(pieces), p=probabilities)]
        return piece._replace(probability=1.0)

    def _all_pieces(self, room):
        """Return the pieces of all pictures, or None if there is no room for them."""
        if self._count > room:
            return None
        kept = []
        for pieces in self._pool.map(self._cut, range(self._count)):
            kept += pieces
            if len(kept) > room:
                return None
        return kept
