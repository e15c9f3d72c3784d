"""Trains a matting network: `python train.py --help`."""

from keras_indexnet.cli.group import main
from keras_indexnet.cli.train import train

if __name__ == "__main__":
    main(command=train)
