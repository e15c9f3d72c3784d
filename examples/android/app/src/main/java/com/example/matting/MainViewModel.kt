package com.example.matting

import android.app.Application
import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Paint
import android.graphics.PorterDuff
import android.graphics.PorterDuffXfermode
import android.net.Uri
import androidx.annotation.StringRes
import androidx.lifecycle.AndroidViewModel
import androidx.lifecycle.viewModelScope
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext

/** Colours of the overlay, 0xAARRGGBB. */
private val OVERLAY = mapOf(
    BACKGROUND to 0xb0000000.toInt(),
    UNKNOWN to 0x90f2b134.toInt(),
    FOREGROUND to 0x00000000,
)

/** Holds the photograph, what was painted, and the network, which only one thread at a time may use. */
class MainViewModel(application: Application) : AndroidViewModel(application) {
    private val resolver = application.contentResolver
    private val mutableState = MutableStateFlow(UiState())
    val state = mutableState.asStateFlow()

    private val worker = Dispatchers.Default.limitedParallelism(1)
    private var network: Network? = null
    private var trimap: Trimap? = null

    fun open(uri: Uri) = work(R.string.no_photograph) {
        val photograph = resolver.openPhotograph(uri)
        val overlay = Bitmap.createBitmap(photograph.width, photograph.height, Bitmap.Config.ARGB_8888)
        val painted = Trimap(photograph.width, photograph.height)
        show(painted.levels(), overlay)
        trimap = painted
        mutableState.update { it.copy(photograph = photograph, overlay = overlay, cutout = null, times = null) }
    }

    fun choose(level: Int) = mutableState.update { it.copy(level = level) }

    fun chooseBrush(brush: Float) = mutableState.update { it.copy(brush = brush) }

    fun chooseGpu(onGpu: Boolean) = mutableState.update { it.copy(onGpu = onGpu) }

    fun paintAgain() = mutableState.update { it.copy(cutout = null, times = null) }

    /** Paints from one point to another; they are shares of the photograph's width and height. */
    fun paint(fromX: Float, fromY: Float, toX: Float, toY: Float) {
        val trimap = trimap ?: return
        val overlay = state.value.overlay ?: return
        val (width, height) = trimap.width to trimap.height
        val brush = state.value.brush * width
        val way = floatArrayOf(fromX * width, fromY * height, toX * width, toY * height)
        trimap.paint(way[0], way[1], way[2], way[3], brush, state.value.level)
        val paint = Paint().apply {
            color = OVERLAY.getValue(state.value.level)
            strokeWidth = brush
            strokeCap = Paint.Cap.ROUND
            style = Paint.Style.STROKE
            xfermode = PorterDuffXfermode(PorterDuff.Mode.SRC)
        }
        Canvas(overlay).drawLine(way[0], way[1], way[2], way[3], paint)
        mutableState.update { it.copy(strokes = it.strokes + 1) }
    }

    /** Shows what the strokes make of the rest. */
    fun endStroke() {
        val trimap = trimap ?: return
        val overlay = state.value.overlay ?: return
        viewModelScope.launch {
            withContext(worker) { show(trimap.levels(), overlay) }
            mutableState.update { it.copy(strokes = it.strokes + 1) }
        }
    }

    fun cutOut() = work(R.string.no_model) {
        val start = System.nanoTime()
        val photograph = state.value.photograph?.toPhotograph() ?: return@work
        val levels = trimap?.levels() ?: return@work
        val network = opened(state.value.onGpu)
        val output = network.run(networkInput(photograph, levels, network.side))
        val alpha = photographsAlpha(output.alpha, network.side, photograph, levels)
        val pixels = cutout(photograph, alpha)
        val bitmap = Bitmap.createBitmap(pixels, photograph.width, photograph.height, Bitmap.Config.ARGB_8888)
        val times = Times(output.run, output.readBack, (System.nanoTime() - start) / 1_000_000)
        mutableState.update { it.copy(cutout = bitmap, times = times) }
    }

    fun save() = work(R.string.not_saved) {
        resolver.savePicture(state.value.cutout ?: return@work, "cutout_${System.currentTimeMillis()}.png")
        mutableState.update { it.copy(message = text(R.string.saved)) }
    }

    private fun opened(onGpu: Boolean): Network {
        network?.let {
            if (it.onGpu == onGpu) return it
            it.close()
            network = null // if the next line fails, there is none
        }
        return Network(getApplication<Application>().assets, onGpu).also { network = it }
    }

    private fun show(levels: IntArray, overlay: Bitmap) {
        val colours = IntArray(levels.size) { OVERLAY.getValue(levels[it]) }
        overlay.setPixels(colours, 0, overlay.width, 0, 0, overlay.width, overlay.height)
    }

    private fun work(@StringRes failure: Int, task: () -> Unit) {
        viewModelScope.launch {
            mutableState.update { it.copy(busy = true, message = null) }
            try {
                withContext(worker) { task() }
            } catch (error: CancellationException) {
                throw error
            } catch (error: Exception) {
                mutableState.update { it.copy(message = text(failure, error.message ?: error.toString())) }
            } finally {
                mutableState.update { it.copy(busy = false) }
            }
        }
    }

    private fun text(@StringRes id: Int, vararg arguments: Any) =
        getApplication<Application>().getString(id, *arguments)

    override fun onCleared() {
        network?.close()
    }
}
