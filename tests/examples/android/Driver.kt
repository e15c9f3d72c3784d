import com.example.matting.Photograph
import com.example.matting.Trimap
import com.example.matting.cutout
import com.example.matting.networkInput
import com.example.matting.photographsAlpha
import java.io.File
import java.nio.ByteBuffer
import java.nio.ByteOrder

private fun bytes(count: Int) = ByteBuffer.allocate(4 * count).order(ByteOrder.nativeOrder())

private fun ints(file: File): IntArray {
    val buffer = ByteBuffer.wrap(file.readBytes()).order(ByteOrder.nativeOrder()).asIntBuffer()
    return IntArray(buffer.remaining()).also { buffer.get(it) }
}

private fun floats(file: File): FloatArray {
    val buffer = ByteBuffer.wrap(file.readBytes()).order(ByteOrder.nativeOrder()).asFloatBuffer()
    return FloatArray(buffer.remaining()).also { buffer.get(it) }
}

private fun File.write(values: IntArray) =
    writeBytes(bytes(values.size).also { it.asIntBuffer().put(values) }.array())

private fun File.write(values: FloatArray) =
    writeBytes(bytes(values.size).also { it.asFloatBuffer().put(values) }.array())

/** Does in a folder what the app does before the network runs, after it, or while somebody paints. */
fun main(arguments: Array<String>) {
    val (step, folder, width, height) = arguments
    fun file(name: String) = File(folder, name)
    if (step == "paint") {
        val trimap = Trimap(width.toInt(), height.toInt())
        for (stroke in file("strokes").readLines()) {
            val (fromX, fromY, toX, toY, brush) = stroke.split(" ").map { it.toFloat() }
            trimap.paint(fromX, fromY, toX, toY, brush, stroke.substringAfterLast(" ").toInt())
        }
        file("levels").write(trimap.levels())
        return
    }
    val side = arguments[4].toInt()
    val photograph = Photograph(width.toInt(), height.toInt(), ints(file("photograph")))
    val trimap = ints(file("trimap"))
    when (step) {
        "before" -> file("input").write(networkInput(photograph, trimap, side))
        "after" -> {
            val alpha = photographsAlpha(floats(file("output")), side, photograph, trimap)
            file("alpha").write(alpha)
            file("cutout").write(cutout(photograph, alpha))
        }
    }
}
