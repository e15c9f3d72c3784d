import cv2
import keras
import numpy as np
import pytest

from keras_indexnet import models, visualization
from keras_indexnet.data import drawn_photograph
from keras_indexnet.training import WriteTensorBoard

pytest.importorskip("tensorboardX")


class Figures(keras.callbacks.Callback):
    """Puts figures into the logs of an epoch without training."""

    def on_epoch_end(self, epoch, logs=None):
        logs |= {"loss": 0.5 - 0.1 * epoch, "val_sad": float("nan")}


def events(folder):
    """Read what TensorBoard would read."""
    from tensorboardX.proto.event_pb2 import Event

    (path,) = folder.iterdir()
    content, values, at = path.read_bytes(), [], 0
    while at < len(content):  # length, its checksum, the event, its checksum
        length = int.from_bytes(content[at : at + 8], "little")
        event = Event.FromString(content[at + 12 : at + 12 + length])
        values += [(event.step, value) for value in event.summary.value]
        at += 12 + length + 4
    return values


@pytest.mark.slow
def test_figures_and_a_mosaic_of_photographs_reach_tensorboard(tmp_path):
    network = models.matting_model("hin_linear", width=0.35)
    photographs = [drawn_photograph(seed, size=size) for seed, size in ((0, 64), (1, 96))]
    callback = WriteTensorBoard(tmp_path, photographs, every=2)
    callbacks = keras.callbacks.CallbackList([Figures(), callback], model=network, epochs=3)
    network.stop_training = False
    network.compile("adam")
    callbacks.on_train_begin()
    for epoch in range(3):
        callbacks.on_epoch_end(epoch, {})
    callbacks.on_train_end()

    written = events(tmp_path)
    losses = [(step, value.simple_value) for step, value in written if value.tag == "loss"]
    assert [step for step, _ in losses] == [1, 2, 3]
    np.testing.assert_allclose([value for _, value in losses], [0.5, 0.4, 0.3], rtol=1e-6)
    assert not any(value.tag == "val_sad" for _, value in written)
    mosaics = [(step, value.image) for step, value in written if value.HasField("image")]
    assert [step for step, _ in mosaics] == [2, 3]
    mosaic = cv2.imdecode(np.frombuffer(mosaics[0][1].encoded_image_string, np.uint8), cv2.IMREAD_COLOR)
    assert mosaic.shape[0] == 2 * (240 + 36)
    assert mosaic.shape[1] == 5 * (240 + 8)
    assert mosaic.std() > 20


def test_the_index_map_of_max_pooling_marks_the_largest_of_each_region():
    network = models.matting_model("b11", width=0.35)
    drawn = drawn_photograph(0, size=64)
    shown = visualization.shown_decoder_index(network, drawn.image, drawn.trimap)
    assert shown.shape == (64, 64)
    blocks = shown.reshape(32, 2, 32, 2).astype(float).mean(axis=(1, 3))
    assert blocks.std() < 0.3 * shown.std()  # one of four in every channel: the mean over a region is the same
    assert (
        visualization.shown_decoder_index(models.matting_model("b6", width=0.35), drawn.image, drawn.trimap)
        is None
    )
