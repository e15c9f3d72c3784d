package com.example.matting

import kotlin.math.abs
import kotlin.math.ceil
import kotlin.math.floor
import kotlin.math.max
import kotlin.math.min
import kotlin.math.round
import kotlin.math.roundToInt

// What comes before and after the network. Nothing here is Android's, so that it runs and is tested on any JVM.

const val BACKGROUND = 0
const val UNKNOWN = 128
const val FOREGROUND = 255

private val REACHES = listOf(16, 128) // parts of the longer side: so far away colours are looked for

/** A photograph, row by row. Pixels are 0xAARRGGBB, as `Bitmap.getPixels` gives them; their alpha is not looked at. */
class Photograph(val width: Int, val height: Int, val pixels: IntArray) {
    init {
        require(pixels.size == width * height) { "$width x $height pixels are not ${pixels.size}" }
    }

    /** Returns one of the colours, 0 to 255: 0 is red, 1 green, 2 blue. */
    fun plane(colour: Int) = FloatArray(pixels.size) { (pixels[it] shr (16 - 8 * colour) and 0xff).toFloat() }
}

/** How a photograph lies in the square that the network takes: in the upper left corner, with its own proportions. */
class Frame(photographWidth: Int, photographHeight: Int, val side: Int) {
    private val scale = side.toDouble() / max(photographWidth, photographHeight)
    val width = max(1, round(scale * photographWidth).toInt())
    val height = max(1, round(scale * photographHeight).toInt())

    init {
        require(side % 32 == 0) { "the network takes multiples of 32, not $side" }
    }
}

/**
 * Returns what the network takes: red, green, blue and the trimap of every pixel of a square, each 0 to 255.
 *
 * What the photograph leaves of the square is filled with its mirror image. The file itself normalises.
 */
fun networkInput(photograph: Photograph, trimap: IntArray, side: Int): FloatArray {
    val frame = Frame(photograph.width, photograph.height, side)
    val resize = if (frame.width < photograph.width) ::meanOfArea else ::cubic
    val columns = resize(photograph.width, frame.width)
    val rows = resize(photograph.height, frame.height)
    val input = FloatArray(side * side * 4)
    for (channel in 0..2) {
        val scaled = resampled(photograph.plane(channel), photograph.width, columns, rows)
        fill(input, channel, frame) { x, y -> round(scaled[y * frame.width + x]).coerceIn(0f, 255f) }
    }
    fill(input, 3, frame) { x, y ->
        val column = x * photograph.width / frame.width
        val row = y * photograph.height / frame.height
        trimap[row * photograph.width + column].toFloat()
    }
    return input
}

private inline fun fill(input: FloatArray, channel: Int, frame: Frame, value: (Int, Int) -> Float) {
    for (y in 0 until frame.side) {
        for (x in 0 until frame.side) {
            val place = (y * frame.side + x) * 4 + channel
            input[place] = value(mirrored(x, frame.width), mirrored(y, frame.height))
        }
    }
}

private fun mirrored(index: Int, length: Int): Int {
    val turned = index % (2 * length)
    return if (turned < length) turned else 2 * length - 1 - turned
}

/** Returns the photograph's alpha, 0 to 1, from that of the network's square. What the trimap knows stays. */
fun photographsAlpha(output: FloatArray, side: Int, photograph: Photograph, trimap: IntArray): FloatArray {
    val frame = Frame(photograph.width, photograph.height, side)
    val square = FloatArray(frame.width * frame.height) {
        output[it / frame.width * side + it % frame.width]
    }
    val columns = cubic(frame.width, photograph.width)
    val rows = cubic(frame.height, photograph.height)
    val alpha = resampled(square, frame.width, columns, rows)
    for (i in alpha.indices) {
        alpha[i] = when (trimap[i]) {
            BACKGROUND -> 0f
            FOREGROUND -> 1f
            else -> alpha[i].coerceIn(0f, 1f)
        }
    }
    return alpha
}

/**
 * Returns the subject's pixels, 0xAARRGGBB.
 *
 * Colours are not premultiplied: PNG files and `Bitmap.createBitmap` take them so. They are the subject's own where
 * the photograph mixes them with the background's, estimated by the means of both nearby (Forte, "Approximate fast
 * foreground colour estimation", ICIP 2021).
 */
fun cutout(photograph: Photograph, alpha: FloatArray): IntArray {
    val longer = max(photograph.width, photograph.height)
    val rest = FloatArray(alpha.size) { 1 - alpha[it] }
    val surroundings = REACHES.map {
        val reach = max(1, longer / it)
        NearbyMean(alpha, photograph.width, reach) to NearbyMean(rest, photograph.width, reach)
    }
    val cut = IntArray(alpha.size) { (alpha[it] * 255).roundToInt() shl 24 }
    for (channel in 0..2) {
        val seen = photograph.plane(channel)
        var foreground = seen
        var background = seen
        for ((foregroundNear, backgroundNear) in surroundings) {
            val near = foregroundNear.of(foreground)
            background = backgroundNear.of(background)
            foreground = FloatArray(seen.size) {
                val mixed = alpha[it] * near[it] + rest[it] * background[it]
                (near[it] + alpha[it] * (seen[it] - mixed)).coerceIn(0f, 255f)
            }
        }
        for (i in cut.indices) {
            if (cut[i] ushr 24 == 0) continue // colours that nobody sees make the file larger
            cut[i] = cut[i] or (foreground[i].roundToInt() shl (16 - 8 * channel))
        }
    }
    return cut
}

/** Means of what is nearby, each value counting as much as its weight, 0 to 1. */
private class NearbyMean(private val weights: FloatArray, private val width: Int, private val reach: Int) {
    private val sums = boxSums(weights, width, reach)

    fun of(values: FloatArray): FloatArray {
        val means = boxSums(FloatArray(values.size) { weights[it] * values[it] }, width, reach)
        for (i in means.indices) means[i] /= max(sums[i], 1e-3f)
        return means
    }
}

/** Returns the sums of the squares around all values; at the border they are smaller. */
private fun boxSums(values: FloatArray, width: Int, reach: Int): FloatArray {
    val height = values.size / width
    val sums = FloatArray(values.size)
    for (y in 0 until height) slide(values, sums, y * width, 1, width, reach)
    return sums.copyOf().also { for (x in 0 until width) slide(sums, it, x, width, height, reach) }
}

private fun slide(from: FloatArray, to: FloatArray, start: Int, step: Int, length: Int, reach: Int) {
    var sum = 0.0 // a Float would drift
    for (i in -reach until length) {
        if (i + reach < length) sum += from[start + (i + reach) * step]
        if (i - reach > 0) sum -= from[start + (i - reach - 1) * step]
        if (i >= 0) to[start + i * step] = sum.toFloat()
    }
}

/** What one value of a resized row consists of: neighbouring values from `first` on, times the weights. */
private class Taps(val first: Int, val weights: FloatArray)

/** Shrinks as OpenCV's INTER_AREA does. */
private fun meanOfArea(from: Int, to: Int) = List(to) {
    val start = it.toDouble() * from / to
    val end = (it + 1.0) * from / to
    val first = start.toInt()
    val last = min(ceil(end).toInt(), from)
    Taps(first, FloatArray(last - first) { i ->
        val covered = min(end, first + i + 1.0) - max(start, (first + i).toDouble())
        (covered / (end - start)).toFloat()
    })
}

/** Resizes as OpenCV's INTER_CUBIC does. */
private fun cubic(from: Int, to: Int) = List(to) {
    val place = (it + 0.5) * from / to - 0.5
    val first = floor(place).toInt() - 1
    Taps(first, FloatArray(4) { i -> cubicWeight(abs(place - (first + i))).toFloat() })
}

private fun cubicWeight(distance: Double): Double {
    val a = -0.75
    return when {
        distance < 1 -> ((a + 2) * distance - (a + 3)) * distance * distance + 1
        distance < 2 -> ((distance - 5) * distance + 8) * distance * a - 4 * a
        else -> 0.0
    }
}

private fun resampled(values: FloatArray, width: Int, columns: List<Taps>, rows: List<Taps>): FloatArray {
    val height = values.size / width
    val narrow = FloatArray(columns.size * height)
    for (y in 0 until height) {
        for ((x, taps) in columns.withIndex()) {
            narrow[y * columns.size + x] = weighted(taps, width) { values[y * width + it] }
        }
    }
    val resized = FloatArray(columns.size * rows.size)
    for ((y, taps) in rows.withIndex()) {
        for (x in columns.indices) {
            resized[y * columns.size + x] = weighted(taps, height) { narrow[it * columns.size + x] }
        }
    }
    return resized
}

private inline fun weighted(taps: Taps, length: Int, value: (Int) -> Float): Float {
    var sum = 0f
    for ((i, weight) in taps.weights.withIndex()) sum += weight * value((taps.first + i).coerceIn(0, length - 1))
    return sum
}
