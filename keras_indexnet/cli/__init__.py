"""The `indexnet` command, and its commands, one a file."""

from keras_indexnet.cli.group import cli, main

__all__ = ["cli", "main"]
