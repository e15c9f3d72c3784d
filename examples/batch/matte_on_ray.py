"""Mattes a folder, a bucket or a manifest of photographs on a Ray cluster, or on all cores of this computer.

    pip install "keras_indexnet[tensorflow,foreground,batch]"
    python matte_on_ray.py photographs mattes --trimaps trimaps
    python matte_on_ray.py s3://shop/manifest.parquet s3://shop/mattes --address 10.0.0.1:6379

The same command goes on with a job that died. `mattes/rows` is a table with a row for each photograph.
"""

import os

import click
import job
import ray

TASKS = 10_000  # Ray's at most; each has one chunk or more
PASSED_ON = ("AWS_", "FSSPEC_", "KERAS_", "NUMBA_", "TF_")  # beginnings of variables that workers need, too


class Matter:
    """A process that opens the network once, and does one chunk after another."""

    def __init__(self, **settings):
        self.settings = settings

    def __call__(self, row):
        return job.do_chunk(row["chunk"], row["photographs"], **self.settings)


def do(chunks, settings, workers, cores, gpus, address):
    """Matte the photographs of SOURCE into OUTPUT: paths, or addresses that fsspec knows, such as s3://."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "OPENCV_FOR_THREADS_NUM"), str(cores))
    passed_on = {name: value for name, value in os.environ.items() if name.startswith(PASSED_ON)}
    ray.cloudpickle.register_pickle_by_value(job)  # the workers need no copy of this folder
    ray.init(address, runtime_env={"env_vars": {**passed_on, **threads}}, log_to_driver=False)
    workers = workers or int(ray.cluster_resources()["CPU"]) // cores
    mattes = ray.data.from_items(
        [{"chunk": chunk, "photographs": photographs} for chunk, photographs in chunks],
        override_num_blocks=min(len(chunks), TASKS),
    ).map(
        Matter,
        fn_constructor_kwargs=settings,
        compute=ray.data.ActorPoolStrategy(size=max(1, min(workers, len(chunks)))),
        num_cpus=cores,
        num_gpus=gpus,
    )
    for _ in mattes.iter_rows():  # until the last chunk is done
        pass


main = job.command(do)
for option in (
    click.option("--address", default="local", help="Of a Ray cluster; local is this computer."),
    click.option("--gpus", default=0.0, type=click.FloatRange(0), help="Of each worker; at 0.5 two share one."),
    click.option("--cores", default=1, type=click.IntRange(1), help="Of each worker."),
    click.option("--workers", type=click.IntRange(1), help="[default: as many as there are cores for]"),
):
    main = option(main)

if __name__ == "__main__":
    main()
