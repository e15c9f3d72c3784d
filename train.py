"""Trains a matting network: `python train.py --help`."""

from keras_indexnet.cli import main
from keras_indexnet.commands import train

if __name__ == "__main__":
    main(command=train)
