"""Starts the command `indexnet`; it is no module to import.

`import keras_indexnet` imports Keras and TensorFlow at once, since it registers the layers that a saved network
needs, and takes seconds. The command's help, its version and most of what can be wrong with a command line need
neither. So the package is only created here, not executed, and `keras_indexnet.cli.start` executes it when a
command has something to compute. That cannot be done from a file of the package, which would be executed first.
"""

import importlib.util
import sys


def main(arguments=None):
    """Run the command with these arguments, a list of str. None: the program's."""
    if "keras_indexnet" not in sys.modules:
        spec = importlib.util.find_spec("keras_indexnet")
        sys.modules["keras_indexnet"] = importlib.util.module_from_spec(spec)
    from keras_indexnet.cli import main as run

    run(arguments)


if __name__ == "__main__":
    main()
