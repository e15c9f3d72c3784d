"""How processes of the tests are set up: those of pytest, and those that a test starts to import it."""

import gc
import os

import keras


def set_up_keras():
    """Keep TensorFlow and XLA from optimising graphs that run a few times only, and workers to a thread each.

    Of workers that share the cores, and of the processes that they start, one thread each does the same in an
    eighth less of CPU time. XLA's flag is for JAX, which runs in processes that inherit it.
    """
    os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false")
    is_worker = "PYTEST_XDIST_WORKER" in os.environ
    if is_worker:
        for variable in ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS"):
            os.environ.setdefault(variable, "1")
    if keras.backend.backend() == "tensorflow":
        import tensorflow

        tensorflow.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
        if is_worker:
            tensorflow.config.threading.set_intra_op_parallelism_threads(1)


def collect_garbage_seldom():
    """Let Python look for garbage less often, and not among all that was imported: a sixth of the CPU time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def set_up():
    """Do both, for a process that has imported everything."""
    set_up_keras()
    collect_garbage_seldom()
