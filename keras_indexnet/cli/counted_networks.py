from keras_indexnet import models
from keras_indexnet.inference import OUTPUT_STRIDE
from keras_indexnet.profiling.counting import complexity


def multiple_of_size(name):
    """Return of what the side of the input of a configuration is a multiple, an int."""
    return OUTPUT_STRIDE if models.list_configurations()[name].network is models.MattingNetwork else 1


def counted_network(name, size, as_the_reference=False):
    """Count parameters and multiply-adds of a configuration, with the reference code's borders if asked for."""
    of_vgg16 = models.list_configurations()[name].options.get("encoder") == "vgg16"
    conventions = "reference" if as_the_reference and not of_vgg16 else "keras"
    network = models.matting_model(name, conventions=conventions)
    return complexity(network, (size, size, 4))
