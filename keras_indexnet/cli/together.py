"""A command that is one of several processes which compute together: how it ends when another one has."""

import ctypes
import os
import re
import signal
import sys

import click

from keras_indexnet.backend import PROCESSES

FATAL = re.compile(r"F\d{4} \d\d:")  # the beginning of the line that C++ writes before it aborts the process
OTHER_HAS_ENDED = "Another process of this training has ended; start all of them again with --resume."
DIES_WITH_PARENT = 1  # Linux's option for prctl


def go_on_in_a_child():
    """Go on in a child process if there are others, and let this one say it in a sentence when they are gone.

    JAX aborts a process whose others have ended, wherever it is, and writes pages about it.

    Raises:
        click.ClickException: in the process that waits, if the other one was aborted.
    """
    if PROCESSES not in os.environ or not hasattr(os, "fork"):
        return
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(DIES_WITH_PARENT, signal.SIGKILL)
        os.dup2(writing, 2)
        os.close(reading)
        return
    os.close(writing)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends Ctrl-C to the child, too
    signal.signal(signal.SIGTERM, lambda number, frame: os.kill(child, number))
    gone = False
    with open(reading, errors="replace") as lines:
        for line in lines:
            gone = gone or FATAL.match(line) is not None
            if not gone:
                click.echo(line, err=True, nl=False)
            if line.startswith("Error: "):  # all is said, and it would wait for the others, that may be gone
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                sys.exit(1)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if gone:
        raise click.ClickException(OTHER_HAS_ENDED)
    sys.exit(status if status >= 0 else 128 - status)
