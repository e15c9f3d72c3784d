"""What TFLite files ran in before `CompiledModel`, to compare the two."""

from ai_edge_litert.interpreter import Interpreter as LiteRTInterpreter


class Interpreter:
    """A TFLite file of fixed size in LiteRT's `Interpreter`."""

    def __init__(self, path, threads):
        self.interpreter = LiteRTInterpreter(model_path=str(path), num_threads=threads)
        self.interpreter.allocate_tensors()
        ((self.input,), (self.output,)) = (
            [entry["index"] for entry in details]
            for details in (self.interpreter.get_input_details(), self.interpreter.get_output_details())
        )

    def run(self, inputs):
        self.interpreter.set_tensor(self.input, inputs)
        self.interpreter.invoke()
        return self.interpreter.get_tensor(self.output)
