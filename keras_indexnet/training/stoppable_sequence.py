from threading import Condition

from keras_indexnet.data import MattingSequence


class StoppableSequence(MattingSequence):
    """A `MattingSequence` whose threads can be stopped in the middle of an epoch.

    Where training ends there, Keras lets its threads compose what comes next. One that is inside OpenCV while
    Python ends would end the process with "terminate called without an active exception".
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._changed = Condition()
        self._composing = 0
        self._stopped = False

    def __getitem__(self, batch):
        with self._changed:
            if self._stopped:
                raise RuntimeError("The sequence was stopped.")  # in a thread of Keras's; nobody asks for it
            self._composing += 1
        try:
            return super().__getitem__(batch)
        finally:
            with self._changed:
                self._composing -= 1
                self._changed.notify_all()

    def stop(self):
        """Compose no more, and wait for what is being composed."""
        with self._changed:
            self._stopped = True
            self._changed.wait_for(lambda: self._composing == 0)
