"""`python -m keras_indexnet` is the command `indexnet`."""

from keras_indexnet.cli import main

if __name__ == "__main__":
    main()
