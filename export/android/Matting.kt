// Compiled and run with stand-ins for Bitmap and Interpreter; not run on a phone.
//
// Gradle: implementation("com.google.ai.edge.litert:litert:1.4.1") // its 2.x is without the Interpreter
//         android { androidResources { noCompress += "tflite" } }

import android.graphics.Bitmap
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.MappedByteBuffer
import org.tensorflow.lite.Interpreter

/** Predicts alpha with a file of `indexnet export --format tflite --size 512`. */
class Matting(model: MappedByteBuffer, private val size: Int = 512) : AutoCloseable {
    private val interpreter = Interpreter(model, Interpreter.Options().setNumThreads(4))
    private val input = floats(size * size * 4)
    private val output = floats(size * size)

    /**
     * Returns alpha, 0 to 1, row by row.
     *
     * Image and trimap are `size` x `size`. The trimap is grey: 0 background, 128 unknown, 255 foreground.
     */
    fun alpha(image: Bitmap, trimap: Bitmap): FloatArray {
        val colours = pixels(image)
        val known = pixels(trimap)
        input.rewind()
        for (i in colours.indices) {
            input.putFloat((colours[i] shr 16 and 0xff).toFloat())
            input.putFloat((colours[i] shr 8 and 0xff).toFloat())
            input.putFloat((colours[i] and 0xff).toFloat())
            input.putFloat((known[i] and 0xff).toFloat())
        }
        input.rewind()
        output.rewind()
        interpreter.run(input, output)
        output.rewind()
        return FloatArray(size * size).also { output.asFloatBuffer().get(it) }
    }

    override fun close() = interpreter.close()

    private fun pixels(bitmap: Bitmap) =
        IntArray(size * size).also { bitmap.getPixels(it, 0, size, 0, 0, size, size) }

    private fun floats(count: Int) = ByteBuffer.allocateDirect(4 * count).order(ByteOrder.nativeOrder())
}
