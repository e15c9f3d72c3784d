import os
import pickle
import subprocess
import sys
import weakref
from queue import SimpleQueue

import keras


class Processes:
    """Calls a function in processes of its own, as many calls at once as there are processes; for threads.

    They take what time the cores have to spare, and end with this process, however it ends: then there is
    nothing more to read for them. (Those of `multiprocessing` import the script that was started, which not
    every script is made for, and outlive a process that is killed.)

    Args:
        function: what can be pickled, as can what it takes and returns.
        count: int, how many processes.

    Raises:
        OSError: of a call, if its process was ended.
    """

    def __init__(self, function, count):
        environment = {
            **os.environ,
            "CUDA_VISIBLE_DEVICES": "",  # its memory is for the network
            "KERAS_BACKEND": keras.backend.backend(),
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }
        self._function = pickle.dumps(function)
        self._idle = SimpleQueue()
        self._all = [
            subprocess.Popen(
                [sys.executable, "-c", f"from {__name__} import work; work()"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # where TensorFlow writes; what fails is raised here
                env=environment,
                start_new_session=True,  # Ctrl-C is for the training, which ends them
            )
            for _ in range(count)
        ]
        self.close = weakref.finalize(self, _end, self._all)
        for process in self._all:
            self._idle.put((process, self._function))

    def __call__(self, argument):
        process, first = self._idle.get()
        try:
            process.stdin.write(first + pickle.dumps(argument))
            process.stdin.flush()
            result, error = pickle.load(process.stdout)
        except (OSError, EOFError):
            raise OSError("A process that draws pictures was ended, perhaps for want of memory.") from None
        finally:
            self._idle.put((process, b""))
        if error is not None:
            raise error
        return result


def work():
    """Answer the calls of a `Processes`, in a process of its own."""
    import cv2

    cv2.setNumThreads(1)
    if hasattr(os, "nice"):
        os.nice(10)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what is printed is no answer
    calls = sys.stdin.buffer
    function = pickle.load(calls)
    while True:
        try:
            argument = pickle.load(calls)
        except EOFError:
            return
        try:
            answer = function(argument), None
        except Exception as error:
            answer = None, error
        pickle.dump(answer, answers)
        answers.flush()


def _end(processes):
    for process in processes:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()
