"""Mattes a folder, a bucket or a manifest of photographs on whatever Apache Beam runs on.

    pip install "keras_indexnet[tensorflow,foreground]" apache-beam pandas pyarrow
    python matte_on_beam.py photographs mattes --trimaps trimaps
    python matte_on_beam.py s3://shop/manifest.parquet s3://shop/mattes --beam "--runner=FlinkRunner ..."

The same command goes on with a job that died. `mattes/rows` is a table with a row for each photograph.
"""

import apache_beam as beam
import click
import job
from apache_beam.internal.cloudpickle.cloudpickle import register_pickle_by_value
from apache_beam.options.pipeline_options import PipelineOptions

BEAM = "--runner=DirectRunner --direct_running_mode=multi_processing --direct_num_workers=2"


def do(chunks, settings, beam_options):
    """Matte the photographs of SOURCE into OUTPUT: paths, or addresses that fsspec knows, such as s3://."""
    register_pickle_by_value(job)  # the workers need no copy of this folder
    with beam.Pipeline(options=PipelineOptions(beam_options.split(), pickle_library="cloudpickle")) as pipeline:
        (
            pipeline
            | beam.Create(chunks)
            | beam.Reshuffle()  # or one worker would do them all
            | beam.Map(lambda chunk: job.do_chunk(*chunk, **settings))
        )


main = job.command(do)
main = click.option("--beam", "beam_options", default=BEAM, help="Options of Beam.")(main)

if __name__ == "__main__":
    main()
