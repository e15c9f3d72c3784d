package com.example.matting

import android.content.res.AssetManager
import com.google.ai.edge.litert.Accelerator
import com.google.ai.edge.litert.CompiledModel

private const val FILE = "matting.tflite"

// XNNPACK's defaults, and TFLITE_XNNPACK_DELEGATE_FLAG_TRANSIENT_INDIRECTION_BUFFER (0x20), which needs less memory.
private const val XNNPACK_FLAGS = 0x1 or 0x2 or 0x8 or 0x20

/** What the network gave, and the milliseconds that it and the way of its output to the processor took. */
class Output(val alpha: FloatArray, val run: Long, val readBack: Long)

/** A file of `indexnet export --size 512`, on the processor or on the GPU. */
class Network(assets: AssetManager, val onGpu: Boolean) : AutoCloseable {
    val side = 512
    private val model = CompiledModel.create(assets, FILE, options())
    private val inputs = model.createInputBuffers()
    private val outputs = model.createOutputBuffers()

    private fun options() =
        if (onGpu) {
            CompiledModel.Options(Accelerator.GPU)
        } else {
            CompiledModel.Options(Accelerator.CPU).apply {
                cpuOptions = CompiledModel.CpuOptions(numThreads = 4, xnnPackFlags = XNNPACK_FLAGS)
            }
        }

    fun run(pixels: FloatArray): Output {
        inputs[0].writeFloat(pixels)
        val start = System.nanoTime()
        model.run(inputs, outputs)
        val ran = System.nanoTime()
        val alpha = outputs[0].readFloat() // a GPU may only now do what it was told
        val read = System.nanoTime()
        return Output(alpha, (ran - start) / 1_000_000, (read - ran) / 1_000_000)
    }

    override fun close() {
        (inputs + outputs).forEach { it.close() }
        model.close()
    }
}
