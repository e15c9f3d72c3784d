package com.example.matting

import android.graphics.Bitmap

/** Milliseconds: of the network, of the way of its output to the processor, and of everything. */
data class Times(val run: Long, val readBack: Long, val all: Long)

data class UiState(
    val photograph: Bitmap? = null,
    val overlay: Bitmap? = null, // the trimap, see-through where the subject is
    val strokes: Int = 0, // counts changes of the overlay's pixels, which nobody else notices
    val cutout: Bitmap? = null,
    val level: Int = UNKNOWN,
    val brush: Float = 0.06f, // share of the photograph's width
    val onGpu: Boolean = false,
    val busy: Boolean = false,
    val times: Times? = null,
    val message: String? = null,
)
