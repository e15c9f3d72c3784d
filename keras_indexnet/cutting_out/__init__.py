"""From a photograph, and what somebody knows of it, to a cut-out: what `cutout` and the command share."""

from keras_indexnet.cutting_out.one_call import cutout

__all__ = ["cutout"]
