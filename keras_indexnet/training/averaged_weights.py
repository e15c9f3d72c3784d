from contextlib import contextmanager

from keras import ops


@contextmanager
def averaged_weights(model):
    """Give a model the moving average of its weights for a while, where its optimizer keeps one.

    Args:
        model: compiled `keras.Model`.

    Example:

    ```python
    with averaged_weights(model):
        model.save("averaged.keras")
    ```
    """
    # Under mixed precision the optimizer is wrapped by the one that scales the loss.
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    if not optimizer.use_ema:
        yield
        return
    own = [ops.convert_to_numpy(variable) for variable in model.trainable_variables]
    optimizer.finalize_variable_values(model.trainable_variables)
    try:
        yield
    finally:
        for variable, value in zip(model.trainable_variables, own, strict=True):
            variable.assign(value)
