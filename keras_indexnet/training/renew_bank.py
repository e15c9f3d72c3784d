import keras


class RenewBank(keras.callbacks.Callback):
    """Lets a `ComposedTraining` have the next pictures of its bank before each epoch.

    Example:

    ```python
    model.fit(numbers, epochs=20, callbacks=[training.RenewBank()])
    ```
    """

    def on_epoch_begin(self, epoch, logs=None):
        self.model.composer.renew(epoch)
