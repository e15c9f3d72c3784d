import time

import keras
import numpy as np

from keras_indexnet.training.stoppable_sequence import StoppableSequence


class Slow(StoppableSequence):
    """Notes when samples are begun and ended."""

    def __init__(self):
        super().__init__([], None, batch_size=1, steps=1000, size=32, workers=3, max_queue_size=50)
        self.begun = self.ended = 0

    def sample(self, number):
        self.begun += 1
        time.sleep(0.05)
        self.ended += 1
        return np.zeros((32, 32, 4), "float32"), np.zeros((32, 32, 1), "float32")


class StopsAtOnce(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        self.model.stop_training = True


def test_nothing_is_composed_any_more_when_training_has_ended_within_an_epoch(eager_steps):
    sequence = Slow()
    model = keras.Sequential([keras.Input((32, 32, 4)), keras.layers.Conv2D(1, 1)])
    model.compile("sgd", "mse")
    model.fit(sequence, callbacks=[StopsAtOnce()], shuffle=False, verbose=0)
    began = sequence.begun
    time.sleep(0.3)
    assert sequence.begun > began  # by the threads of Keras, which it leaves alone
    sequence.stop()
    assert sequence.begun == sequence.ended
    began = sequence.begun
    time.sleep(0.3)
    assert sequence.begun == began < 50
