package com.example.matting

import kotlin.math.max
import kotlin.math.min
import kotlin.math.roundToInt

private const val NOTHING = -1

/** A trimap of strokes. Nothing here is Android's either. */
class Trimap(val width: Int, val height: Int) {
    private val strokes = IntArray(width * height) { NOTHING }

    /** Paints with a round brush, on a straight way from one point to another. A later stroke covers earlier ones. */
    fun paint(fromX: Float, fromY: Float, toX: Float, toY: Float, brush: Float, level: Int) {
        val radius = brush / 2
        val alongX = toX - fromX
        val alongY = toY - fromY
        val lengthSquared = alongX * alongX + alongY * alongY
        for (y in reached(fromY, toY, radius, height)) {
            for (x in reached(fromX, toX, radius, width)) {
                // The nearest point of the way, and how far it is from the pixel's centre.
                val centreX = x + 0.5f - fromX
                val centreY = y + 0.5f - fromY
                val along = centreX * alongX + centreY * alongY
                val share = if (lengthSquared > 0) (along / lengthSquared).coerceIn(0f, 1f) else 0f
                val awayX = centreX - share * alongX
                val awayY = centreY - share * alongY
                if (awayX * awayX + awayY * awayY <= radius * radius) strokes[y * width + x] = level
            }
        }
    }

    private fun reached(from: Float, to: Float, radius: Float, length: Int): IntRange {
        val first = (min(from, to) - radius).roundToInt() - 1
        val last = (max(from, to) + radius).roundToInt() + 1
        return max(first, 0)..min(last, length - 1)
    }

    /**
     * Returns the level of every pixel: BACKGROUND, UNKNOWN or FOREGROUND.
     *
     * Unknown strokes divide the picture into parts. A part is what was painted in it, unknown if that was both, and
     * if that was nothing: background at the picture's border, else foreground. So a ring along the subject's edge is
     * enough.
     */
    fun levels(): IntArray {
        val levels = strokes.copyOf()
        val waiting = IntArray(levels.size)
        val part = BooleanArray(levels.size) // what belongs to a part that was looked at
        for (start in levels.indices) {
            if (part[start] || strokes[start] == UNKNOWN) continue
            var foreground = false
            var background = false
            var atBorder = false
            waiting[0] = start
            part[start] = true
            var end = 1
            var next = 0
            while (next < end) {
                val i = waiting[next++]
                val x = i % width
                val y = i / width
                foreground = foreground || strokes[i] == FOREGROUND
                background = background || strokes[i] == BACKGROUND
                atBorder = atBorder || x == 0 || y == 0 || x == width - 1 || y == height - 1
                fun visit(neighbour: Int) {
                    if (part[neighbour] || strokes[neighbour] == UNKNOWN) return
                    part[neighbour] = true
                    waiting[end++] = neighbour
                }
                if (x > 0) visit(i - 1)
                if (x < width - 1) visit(i + 1)
                if (y > 0) visit(i - width)
                if (y < height - 1) visit(i + width)
            }
            val level = when {
                foreground && background -> UNKNOWN
                foreground -> FOREGROUND
                background || atBorder -> BACKGROUND
                else -> FOREGROUND
            }
            for (k in 0 until end) if (strokes[waiting[k]] == NOTHING) levels[waiting[k]] = level
        }
        return levels
    }
}
