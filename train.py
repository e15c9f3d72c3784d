"""Trains a matting network: `python train.py --help`."""

import sys

from _indexnet import main

if __name__ == "__main__":
    main(["train", *sys.argv[1:]])
