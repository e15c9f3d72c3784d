package com.example.matting.view

import android.graphics.Bitmap
import androidx.compose.foundation.Canvas
import androidx.compose.foundation.gestures.detectDragGestures
import androidx.compose.foundation.layout.aspectRatio
import androidx.compose.runtime.Composable
import androidx.compose.runtime.remember
import androidx.compose.ui.Modifier
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.asImageBitmap
import androidx.compose.ui.graphics.drawscope.DrawScope
import androidx.compose.ui.input.pointer.pointerInput
import androidx.compose.ui.unit.IntSize
import com.example.matting.UiState

private const val SQUARES = 24 // on the longer side of what shows that there is nothing

/** The photograph below the trimap. A finger paints; its places are shares of width and height. */
@Composable
fun PaintedPhotograph(
    photograph: Bitmap,
    state: UiState,
    paint: (Float, Float, Float, Float) -> Unit,
    endStroke: () -> Unit,
) {
    val image = remember(photograph) { photograph.asImageBitmap() }
    val overlay = remember(state.overlay) { state.overlay?.asImageBitmap() }
    Canvas(
        Modifier.aspectRatio(photograph.width.toFloat() / photograph.height).pointerInput(photograph) {
            var last = Offset.Zero
            detectDragGestures(
                onDragStart = {
                    last = it
                    paint(it.x / size.width, it.y / size.height, it.x / size.width, it.y / size.height)
                },
                onDragEnd = endStroke,
                onDragCancel = endStroke,
            ) { change, _ ->
                val here = change.position
                paint(last.x / size.width, last.y / size.height, here.x / size.width, here.y / size.height)
                last = here
            }
        }
    ) {
        drawImage(image, dstSize = wholeSize())
        // Another number of strokes is another lambda: this is drawn again, though the bitmap is the same.
        if (overlay != null && state.strokes >= 0) drawImage(overlay, dstSize = wholeSize())
    }
}

/** The cut-out on a chessboard. */
@Composable
fun Cutout(cutout: Bitmap) {
    val image = remember(cutout) { cutout.asImageBitmap() }
    Canvas(Modifier.aspectRatio(cutout.width.toFloat() / cutout.height)) {
        val side = maxOf(size.width, size.height) / SQUARES
        for (row in 0..(size.height / side).toInt()) {
            for (column in 0..(size.width / side).toInt()) {
                val corner = Offset(column * side, row * side)
                val rest = Size(minOf(side, size.width - corner.x), minOf(side, size.height - corner.y))
                val colour = if ((row + column) % 2 == 0) Color.White else Color.LightGray
                drawRect(colour, topLeft = corner, size = rest)
            }
        }
        drawImage(image, dstSize = wholeSize())
    }
}

private fun DrawScope.wholeSize() = IntSize(size.width.toInt(), size.height.toInt())
