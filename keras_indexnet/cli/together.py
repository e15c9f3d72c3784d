"""A command that is one of several processes which compute together: how it ends when another one has."""

import ctypes
import os
import re
import signal
import sys

import click

from keras_indexnet.backend import PROCESSES

FATAL = re.compile(r"F\d{4} \d\d:")  # in what C++ writes before it aborts, maybe behind another thread's words
OTHER_HAS_ENDED = "Another process of this training has ended; start all of them again with --resume."
STOPPED = "Stopped; --resume goes on after the last epoch in the log."
DIES_WITH_PARENT = 1  # Linux's option for prctl


def go_on_in_a_child():
    """Go on in a child process if there are others, and let this one say it in a sentence when they are gone.

    JAX aborts a process whose others have ended, wherever it is, and writes pages about it.

    Raises:
        click.ClickException: in the process that waits, if the other one was aborted, or Ctrl-C or SIGTERM
            stop it.
    """
    if PROCESSES not in os.environ or not hasattr(os, "fork"):
        return
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(DIES_WITH_PARENT, signal.SIGKILL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends Ctrl-C to both
        os.dup2(writing, 2)
        os.close(reading)
        return
    os.close(writing)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    gone = said = False
    try:
        with open(reading, errors="replace") as lines:
            for line in lines:
                gone = gone or FATAL.search(line) is not None
                said = line.startswith("Error: ")
                if not gone:
                    click.echo(line, err=True, nl=False)
                if said:  # and it would wait for the others, that may be gone
                    os.kill(child, signal.SIGKILL)
                    break
    except KeyboardInterrupt:  # the others do not know, and it would wait for them
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise click.ClickException(STOPPED) from None
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if gone:
        raise click.ClickException(OTHER_HAS_ENDED)
    sys.exit(1 if said else status if status >= 0 else 128 - status)
