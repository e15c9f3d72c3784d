"""The commands of `indexnet`, one a file."""

from keras_indexnet.commands.benchmark import benchmark
from keras_indexnet.commands.check_data import check_data
from keras_indexnet.commands.complexity import complexity
from keras_indexnet.commands.convert import convert
from keras_indexnet.commands.doctor import doctor
from keras_indexnet.commands.draw import draw
from keras_indexnet.commands.evaluate import evaluate
from keras_indexnet.commands.export import export
from keras_indexnet.commands.matte import matte
from keras_indexnet.commands.plot import plot
from keras_indexnet.commands.serve import serve
from keras_indexnet.commands.show import show
from keras_indexnet.commands.train import train
from keras_indexnet.commands.trimap import trimap

COMMANDS = (
    matte,
    trimap,
    serve,
    show,
    evaluate,
    check_data,
    train,
    plot,
    export,
    benchmark,
    convert,
    complexity,
    draw,
    doctor,
)
