"""How a picture is read, whatever door it comes in by.

One rule decides:

* **Formats**: PNG, JPEG, WebP, TIFF, BMP, GIF, AVIF, PNM and JPEG 2000; HEIC where pillow-heif is installed.
* **Size**: what a file claims is compared with what it holds before anything is reserved for it.
* **Orientation**: that of EXIF is applied, also where alpha is kept.
* **Colours**: sRGB. A colour profile is followed and dropped; CMYK, palettes and grey become RGB as needed.
* **Alpha**: straight. Where a file says that its colours are multiplied by alpha, they are divided again.
* **Depth**: 8 bits. 16 bits are rounded; floating point has to lie in [0, 1].
* **Animations**: the first picture.

Pillow decodes; it follows profiles and keeps alpha straight. It has no colour of more than 8 bits, so those
files are decoded by OpenCV.
"""

import io
import struct
import threading
from contextlib import contextmanager

import cv2
import numpy as np
from PIL import ExifTags, Image, ImageCms, TiffImagePlugin, UnidentifiedImageError

from keras_indexnet.optional import import_failure

FORMATS = ("PNG", "JPEG", "MPO", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "HEIF", "PPM", "JPEG2000")
MAX_PIXELS = 2**30
SAME_COLOUR = 2  # levels by which a profile may differ from sRGB and still be taken for it: rounding
HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
TURNS = {  # what an orientation of EXIF asks for
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
PNG = b"\x89PNG\r\n\x1a\n"
# Tags of TIFF; STRIPS and TILES are their lengths in bytes.
WIDTH, HEIGHT, BITS, KIND, CHANNELS, STRIPS, PLANES, TILES = 256, 257, 258, 262, 277, 279, 284, 325
EXTRA_SAMPLES, PROFILE = 338, 34675
WHITE_IS_0, BLACK_IS_0, RGB = 0, 1, 2  # kinds
ORIENTATION = ExifTags.Base.Orientation
UNREADABLE = "is not an image that can be read, or it is damaged"
_limit = threading.Lock()


class UndecodableError(ValueError):
    """What is wrong with a picture, to be put behind its name: `is damaged`."""


def decode(encoded, max_pixels=MAX_PIXELS):
    """Decode the bytes of an image file by the rules above.

    Args:
        encoded: bytes.
        max_pixels: int, beyond which nothing is decoded.

    Returns:
        `PIL.Image.Image` of mode L, LA, RGB or RGBA, turned upright; its colours are those of the file, and its
        `info` holds the profile to bring them to sRGB.

    Raises:
        UndecodableError: if the bytes are no picture.
    """
    with _pillow_errors(encoded):
        tiff = _tiff_tags(encoded)
        if tiff is not None and max(tiff.get(BITS, (1,))) > 8:
            return _deep_tiff(encoded, tiff, max_pixels)
        picture = _open(encoded, max_pixels)
        if picture.format == "PNG":
            _check_png(encoded)
            if encoded[24] == 16:  # bits of a channel
                return _deep_png(encoded, picture)
            _scale_transparent_grey(encoded, picture)
        return _loaded(picture)


def plain(picture):
    """Bring a picture that Pillow has opened to what `decode` returns."""
    with _pillow_errors(b""):
        return _loaded(picture)


def _loaded(picture):
    picture.load()
    return _turned(_of_plain_mode(picture), _turn_of(picture))


def size_of(encoded, max_pixels=MAX_PIXELS):
    """Return the width and the height of a picture, turned upright, of which only the header is read."""
    with _pillow_errors(encoded):
        tiff = _tiff_tags(encoded)
        if tiff is not None:
            size, turn = (tiff[WIDTH], tiff[HEIGHT]), tiff.get(ORIENTATION, 1)
            _check_pixels(size, max_pixels)
        else:
            picture = _open(encoded, max_pixels)
            # For EXIF behind the pixels, where hardly anyone puts it, Pillow would decode the whole PNG.
            known = picture.format != "PNG" or "exif" in picture.info
            size, turn = picture.size, _turn_of(picture) if known else 1
        return size[::-1] if turn in (5, 6, 7, 8) else size


def colours(picture):
    """Return the colours of a decoded picture in sRGB, uint8 of shape `(H, W, 3)`; alpha is left out."""
    profile = picture.info.get("icc_profile")
    plain = picture.convert("L" if picture.mode in ("L", "LA") else "RGB")
    if profile:
        plain = _in_srgb(plain, profile)
    return np.array(plain.convert("RGB"))


def levels(picture):
    """Return a decoded picture as one channel, uint8 of shape `(H, W)`, and None or its alpha.

    Trimaps, masks and mattes are numbers, which no colour profile changes.
    """
    alpha = np.array(picture.getchannel("A")) if picture.mode in ("LA", "RGBA") else None
    return np.array(picture.convert("L")), alpha


@contextmanager
def _pillow_errors(encoded):
    """Say what is wrong with a file in words of ours: every format of Pillow's has errors of its own."""
    try:
        yield
    except UndecodableError:
        raise
    except UnidentifiedImageError as error:
        raise UndecodableError(_what_is_missing(encoded)) from error
    except MemoryError as error:
        raise UndecodableError("has more pixels than there is memory for") from error
    except Exception as error:
        raise UndecodableError(UNREADABLE) from error


def _what_is_missing(encoded):
    if encoded[4:8] == b"ftyp" and encoded[8:12] in HEIF_BRANDS:
        return "is a HEIC picture, which is read where pillow-heif is installed: pip install pillow-heif"
    if encoded[4:12] == b"ftypavif":
        return "is an AVIF picture, which Pillow 11.3 and newer read: pip install --upgrade pillow"
    return UNREADABLE


def _open(encoded, max_pixels):
    if encoded[4:8] == b"ftyp":
        _register_heif()
    Image.init()
    # Pillow's own limit is a global, and lower than the largest sensors.
    with _limit:
        before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            picture = Image.open(io.BytesIO(encoded), formats=[name for name in FORMATS if name in Image.OPEN])
        finally:
            Image.MAX_IMAGE_PIXELS = before
    _check_pixels(picture.size, max_pixels)
    return picture


def _register_heif():
    """Let Pillow read HEIC, if there is what it takes."""
    if import_failure("pillow_heif") is None:
        import pillow_heif

        pillow_heif.register_heif_opener()


def _check_pixels(size, max_pixels):
    if size[0] * size[1] > max_pixels:
        most = f"at most {max_pixels / 1e6:.0f} million"
        raise UndecodableError(f"is {size[0]} x {size[1]} pixels, too many; make it smaller, {most}")


def _of_plain_mode(picture):
    """Bring a picture to L, LA, RGB or RGBA of 8 bits."""
    has_alpha = picture.has_transparency_data
    if picture.mode in ("LA", "RGBA") or (picture.mode in ("L", "RGB") and not has_alpha):
        return picture
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        pixels = np.array(picture)
        whole = pixels if picture.mode == "F" else pixels.clip(0, 65535).astype(np.uint16)
        return _of_eight_bits(whole, picture.info.get("icc_profile"))
    if picture.mode == "1" and not has_alpha:
        return picture.convert("L")
    if picture.mode == "CMYK":
        return _in_srgb(picture, picture.info.get("icc_profile", b"")).convert("RGB")
    plain = picture.convert("RGBA" if has_alpha else "RGB")
    plain.info = {name: value for name, value in picture.info.items() if name == "icc_profile"}
    return plain


def _in_srgb(picture, profile):
    """Follow a colour profile; one that is sRGB but for rounding changes nothing, nor does a damaged one."""
    try:
        found = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        picture = _of_colour_space(picture, found.profile.xcolor_space)
        transform = ImageCms.buildTransform(found, ImageCms.createProfile("sRGB"), picture.mode, "RGB")
    except (ImageCms.PyCMSError, OSError):  # damaged, or of other channels than the picture
        return picture
    if picture.mode == "CMYK":
        return ImageCms.applyTransform(picture, transform)
    lattice = np.stack(np.meshgrid(*[np.arange(0, 256, 17, np.uint8)] * 3), axis=-1).reshape(16, -1, 3)
    probe = Image.fromarray(lattice).convert(picture.mode)
    difference = np.array(ImageCms.applyTransform(probe, transform)) - np.array(probe.convert("RGB"), int)
    if np.abs(difference).max() <= SAME_COLOUR:
        return picture
    return ImageCms.applyTransform(picture, transform)


def _of_colour_space(picture, space):
    """Bring grey to the channels that a profile is for: to three, or from three that are equal to one."""
    if picture.mode == "L" and space == "RGB ":
        return picture.convert("RGB")
    if picture.mode == "RGB" and space == "GRAY":
        grey = picture.convert("L")
        return grey if grey.convert("RGB") == picture else picture
    return picture


def _turn_of(picture):
    """Return the orientation in EXIF; what is damaged there does not make the picture unreadable."""
    try:
        return picture.getexif().get(ORIENTATION, 1)
    except Exception:  # each kind of damage has another
        return 1


def _turned(picture, turn):
    if turn not in TURNS:
        return picture
    turned = picture.transpose(TURNS[turn])
    turned.info = picture.info
    return turned


def _tiff_tags(encoded):
    """Read the tags of a TIFF file's first picture; None if it is no TIFF."""
    head = {b"II*\0": 8, b"MM\0*": 8, b"II+\0": 16}.get(encoded[:4])  # the last has offsets of 8 bytes
    if head is None:
        return None
    tags = TiffImagePlugin.ImageFileDirectory_v2(encoded[:head])
    file = io.BytesIO(encoded)
    file.seek(tags.next)
    tags.load(file)
    return tags


def _deep_tiff(encoded, tags, max_pixels):
    _check_pixels((tags[WIDTH], tags[HEIGHT]), max_pixels)
    if sum(tags.get(STRIPS, tags.get(TILES, (0,)))) > len(encoded):
        raise UndecodableError(f"{UNREADABLE}: it claims more than it holds")
    channels, kind = tags.get(CHANNELS, 1), tags.get(KIND)
    interleaved = channels == 1 or tags.get(PLANES, 1) == 1
    if not (interleaved and channels in (1, 3, 4) and kind in (WHITE_IS_0, BLACK_IS_0, RGB)):
        raise UndecodableError(
            "has more than 8 bits in an arrangement that is not read: of TIFF with so many, grey, RGB and RGBA "
            "are, channels interleaved"
        )
    pixels = _decoded_by_opencv(encoded)  # which turns TIFF itself
    if kind == WHITE_IS_0:
        pixels = (65535 if pixels.dtype == np.uint16 else 1) - pixels
    return _of_eight_bits(pixels, tags.get(PROFILE), associated=1 in tags.get(EXTRA_SAMPLES, ()))


def _deep_png(encoded, picture):
    pixels = _decoded_by_opencv(encoded)
    transparent = picture.info.get("transparency")
    if pixels.ndim == 2 and transparent is not None:  # OpenCV knows it of colours only
        opacity = np.where(pixels == transparent, 0, 65535).astype(np.uint16)
        pixels = np.dstack([pixels, pixels, pixels, opacity])
    picture_of_8_bits = _of_eight_bits(pixels, picture.info.get("icc_profile"))
    return _turned(picture_of_8_bits, _turn_of(picture))


def _scale_transparent_grey(encoded, picture):
    """Pillow compares the grey that is transparent, of 2 or 4 bits, with pixels that it has brought to 8."""
    bits, kind = encoded[24], encoded[25]
    if kind == 0 and bits in (2, 4) and "transparency" in picture.info:
        picture.info["transparency"] *= 255 // (2**bits - 1)


def _decoded_by_opencv(encoded):
    try:
        pixels = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        pixels = None
    if pixels is None:
        raise UndecodableError(UNREADABLE)
    return pixels


def _of_eight_bits(pixels, profile=None, associated=False):
    greatest = 65535.0 if pixels.dtype == np.uint16 else 1.0
    if pixels.dtype != np.uint16:
        if not np.issubdtype(pixels.dtype, np.floating):
            raise UndecodableError(f"holds numbers of the type {pixels.dtype}, not of 8 or 16 bits")
        if not (pixels.min() >= 0.0 and pixels.max() <= 1.0):  # which NaN is not either
            raise UndecodableError(f"holds numbers from {pixels.min():g} to {pixels.max():g}, not from 0 to 1")
    pixels = pixels / greatest
    if pixels.ndim == 3 and pixels.shape[2] == 4:
        if associated:
            pixels[..., :3] = np.minimum(pixels[..., :3] / np.maximum(pixels[..., 3:], 1e-6), 1.0)
        pixels = pixels[..., [2, 1, 0, 3]]
    elif pixels.ndim == 3:
        pixels = pixels[..., ::-1]
    picture = Image.fromarray(np.rint(pixels * 255.0).astype(np.uint8))
    if profile:
        picture.info["icc_profile"] = profile
    return picture


def _check_png(encoded):
    """Refuse chunks longer than the file, and more pixels than Deflate can make of it: 1032 bytes of one."""
    place, name = 8, b""
    while place + 8 <= len(encoded) and name != b"IEND":  # what comes behind it is no part of the picture
        length, name = struct.unpack_from(">I4s", encoded, place)
        place += 12 + length  # length, name and checksum
    width, height, bits, kind = struct.unpack_from(">IIBB", encoded, 16)
    channels = {2: 3, 4: 2, 6: 4}.get(kind, 1)
    if place > len(encoded) or width * height * channels * bits / 8 > 1032 * len(encoded):
        raise UndecodableError(f"{UNREADABLE}: it claims more than it holds")
