package com.example.matting

import android.content.ContentResolver
import android.content.ContentValues
import android.graphics.Bitmap
import android.graphics.ColorSpace
import android.graphics.ImageDecoder
import android.net.Uri
import android.provider.MediaStore
import java.io.IOException
import kotlin.math.max
import kotlin.math.roundToInt

private const val LONGEST_SIDE = 2048 // what a phone has memory for; the network sees no more than 512 anyway

/** Opens a photograph upright, in sRGB, shrunk if it is very large. */
fun ContentResolver.openPhotograph(uri: Uri): Bitmap =
    ImageDecoder.decodeBitmap(ImageDecoder.createSource(this, uri)) { decoder, info, _ ->
        val scale = LONGEST_SIDE.toDouble() / max(info.size.width, info.size.height)
        if (scale < 1) {
            val width = (scale * info.size.width).roundToInt()
            val height = (scale * info.size.height).roundToInt()
            decoder.setTargetSize(max(1, width), max(1, height))
        }
        decoder.setTargetColorSpace(ColorSpace.get(ColorSpace.Named.SRGB))
        decoder.allocator = ImageDecoder.ALLOCATOR_SOFTWARE // one whose pixels can be read
    }

fun Bitmap.toPhotograph(): Photograph {
    val pixels = IntArray(width * height)
    getPixels(pixels, 0, width, 0, 0, width, height)
    return Photograph(width, height, pixels)
}

/** Saves a PNG among the user's pictures, or nothing. */
fun ContentResolver.savePicture(bitmap: Bitmap, name: String) {
    val description = ContentValues().apply {
        put(MediaStore.MediaColumns.DISPLAY_NAME, name)
        put(MediaStore.MediaColumns.MIME_TYPE, "image/png")
        put(MediaStore.MediaColumns.RELATIVE_PATH, "Pictures/Matting")
        put(MediaStore.MediaColumns.IS_PENDING, 1)
    }
    val pictures = MediaStore.Images.Media.getContentUri(MediaStore.VOLUME_EXTERNAL_PRIMARY)
    val uri = insert(pictures, description) ?: throw IOException("$name was refused")
    try {
        val written = openOutputStream(uri)?.use { bitmap.compress(Bitmap.CompressFormat.PNG, 100, it) }
        if (written != true) throw IOException("$name was not written")
        update(uri, ContentValues().apply { put(MediaStore.MediaColumns.IS_PENDING, 0) }, null, null)
    } catch (error: Exception) {
        delete(uri, null, null)
        throw error
    }
}
