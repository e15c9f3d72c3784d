"""One rule reads every picture, through every door: orientation, colours, alpha, depth, format, size."""

import io
import os
import resource
import socket
import struct
import subprocess
import sys
import threading
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from keras_indexnet import data
from keras_indexnet.data import ImageFileError
from keras_indexnet.data.image_files import UnpaintedWarning, image_size

HEIGHT, WIDTH = 40, 60


@pytest.fixture(scope="module")
def cases(shared):
    return shared / "cases"


@pytest.fixture
def scene():
    """No two corners alike, and a soft edge: RGBA, straight."""
    rgba = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    rgba[:, :, 0], rgba[:20, :, 1], rgba[:, :30, 2] = 200, 120, 90
    rgba[..., 3] = np.linspace(0, 255, WIDTH).astype(np.uint8)
    return rgba


# What the camera did to the picture, for each orientation: the reverse of what a reader has to do.
STORED = {
    1: lambda p: p,
    2: lambda p: p[:, ::-1],
    3: lambda p: p[::-1, ::-1],
    4: lambda p: p[::-1],
    5: lambda p: p.swapaxes(0, 1),
    6: lambda p: np.rot90(p),
    7: lambda p: np.rot90(p, 2).swapaxes(0, 1),
    8: lambda p: np.rot90(p, -1),
}


def png_chunk(name, body, length=None):
    length = len(body) if length is None else length
    return struct.pack(">I", length) + name + body + struct.pack(">I", zlib.crc32(name + body))


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
def test_a_turned_picture_is_turned_back_also_where_alpha_is_kept(tmp_path, scene, orientation, suffix):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"a{suffix}"
    options = {"lossless": True, "exact": True} if suffix == ".webp" else {}
    Image.fromarray(np.ascontiguousarray(STORED[orientation](scene))).save(path, exif=exif, **options)
    np.testing.assert_array_equal(data.read_foreground(path), scene)
    np.testing.assert_array_equal(data.read_image(path), scene[..., :3])
    np.testing.assert_array_equal(data.read_mask(path), scene[..., 3])
    assert data.read_strokes(path).shape == (HEIGHT, WIDTH)
    assert image_size(path) == (WIDTH, HEIGHT)


@pytest.mark.parametrize("orientation", STORED)
def test_sixteen_bits_are_turned_as_well(tmp_path, scene, orientation):
    """OpenCV writes no EXIF: the chunk is put behind the header."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = np.ascontiguousarray(STORED[orientation](scene)[..., [2, 1, 0, 3]]).astype(np.uint16) * 257
    encoded = cv2.imencode(".png", stored)[1].tobytes()
    body = b"eXIf" + exif.tobytes()[6:]
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    (tmp_path / "a.png").write_bytes(encoded[:33] + chunk + encoded[33:])
    np.testing.assert_array_equal(data.read_foreground(tmp_path / "a.png"), scene)


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_tiff_of_more_than_eight_bits_is_turned_as_well(tmp_path, scene, orientation, dtype):
    stored = (STORED[orientation](scene[..., 3]) / 255 * depth(dtype)).astype(dtype)
    Image.fromarray(np.ascontiguousarray(stored)).save(tmp_path / "a.tif", tiffinfo={274: orientation})
    np.testing.assert_array_equal(data.read_gray(tmp_path / "a.tif"), scene[..., 3])
    assert image_size(tmp_path / "a.tif") == (WIDTH, HEIGHT)


def exif_chunk(kind, count, value):
    """EXIF whose orientation is of another type than a short number."""
    return png_chunk(b"eXIf", b"II*\0" + struct.pack("<IHHHI4s12x", 8, 1, 0x112, kind, count, value))


DAMAGED_EXIF = {
    "no EXIF": png_chunk(b"eXIf", b"garbage!"),
    "nothing": png_chunk(b"eXIf", b""),
    "text": exif_chunk(2, 2, b"6\0\0\0"),
    "0 / 0": exif_chunk(5, 1, struct.pack("<I", 26)),
    "a ninth orientation": exif_chunk(3, 1, b"\x09\0\0\0"),
    "ends early": png_chunk(b"eXIf", b"II*\0\x08\0\0\0\xff\xff"),
}


@pytest.mark.parametrize("chunk", DAMAGED_EXIF.values(), ids=DAMAGED_EXIF)
@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_damaged_exif_does_not_damage_the_picture(tmp_path, scene, chunk):
    for dtype in (np.uint8, np.uint16):
        encoded = cv2.imencode(".png", scene[..., 3] * dtype(depth(dtype) // 255))[1].tobytes()
        (tmp_path / "a.png").write_bytes(encoded[:33] + chunk + encoded[33:] + b"behind its end")
        np.testing.assert_array_equal(data.read_gray(tmp_path / "a.png"), scene[..., 3])
        assert image_size(tmp_path / "a.png") == (WIDTH, HEIGHT)


def test_masks_and_strokes_that_were_turned_fit_their_photograph(cases):
    photograph, mask = data.read_image(cases / "photo_exif3.jpg"), data.read_mask(cases / "mask_exif3.png")
    assert mask.shape == photograph.shape[:2]
    subject = data.read_gray(cases / "trimap.png")[::-1, ::-1] > 0  # the photograph's, which was not turned
    assert ((mask > 127) & subject).sum() > 0.6 * ((mask > 127) | subject).sum()
    assert data.read_strokes(cases / "strokes_exif6.png").shape == mask.shape[::-1]


def test_colours_are_seen_through_the_profile(cases, tmp_path, scene):
    assert (
        np.abs(data.read_image(cases / "photo_display_p3.jpg")[48, 72].astype(int) - (230, 38, 22)).max() <= 3
    )
    display_p3 = Image.open(cases / "photo_display_p3.jpg").info["icc_profile"]
    red = scene.copy()
    red[..., :3] = 211, 60, 41
    for suffix in (".png", ".tif", ".webp"):
        path = tmp_path / f"p3{suffix}"
        options = {"lossless": True, "exact": True} if suffix == ".webp" else {}
        Image.fromarray(red).save(path, icc_profile=display_p3, **options)
        for colours in (data.read_image(path), data.read_foreground(path)[..., :3]):
            assert np.abs(colours.astype(int) - (230, 38, 22)).max() <= 3
        np.testing.assert_array_equal(data.read_foreground(path)[..., 3], red[..., 3])
    exif = Image.Exif()
    exif[0x0112] = 6  # as telephones write both
    Image.fromarray(red[..., :3]).save(tmp_path / "a.jpg", icc_profile=display_p3, exif=exif, quality=95)
    turned = data.read_image(tmp_path / "a.jpg").astype(int)
    assert turned.shape == (WIDTH, HEIGHT, 3) and np.abs(turned - (230, 38, 22)).max() <= 6


def test_a_profile_changes_neither_numbers_nor_what_is_srgb_already(cases, tmp_path, scene):
    from PIL import ImageCms

    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(scene).save(tmp_path / "srgb.png", icc_profile=srgb)
    np.testing.assert_array_equal(data.read_image(tmp_path / "srgb.png"), scene[..., :3])
    display_p3 = Image.open(cases / "photo_display_p3.jpg").info["icc_profile"]
    trimap = np.repeat(np.array([0, 128, 255], np.uint8), 20)[None].repeat(HEIGHT, 0)
    Image.fromarray(np.dstack([trimap] * 3)).save(tmp_path / "trimap.png", icc_profile=display_p3)
    np.testing.assert_array_equal(data.read_gray(tmp_path / "trimap.png"), trimap)
    inks = Image.fromarray(scene[..., :3]).convert("CMYK")
    for profile in (None, b"no profile", display_p3):  # the last is not one of inks
        inks.save(tmp_path / "inks.jpg", icc_profile=profile, quality=95)
        colours = data.read_image(tmp_path / "inks.jpg").astype(int)
        assert np.abs(colours - np.asarray(inks.convert("RGB"), int)).mean() < 12
    Image.fromarray(scene).save(tmp_path / "broken.png", icc_profile=b"no profile")
    np.testing.assert_array_equal(data.read_image(tmp_path / "broken.png"), scene[..., :3])


def test_grey_follows_its_profile_whatever_that_is_of(cases, tmp_path):
    display_p3 = Image.open(cases / "photo_display_p3.jpg").info["icc_profile"]
    linear = display_p3.replace(struct.pack(">I", round(2.4 * 65536)), struct.pack(">I", 65536))
    of_grey = linear.replace(b"RGB XYZ ", b"GRAYXYZ ").replace(b"rTRC", b"kTRC")
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    opaque = np.full_like(grey, 255)
    pictures = (grey, np.dstack([grey, opaque]), np.dstack([grey] * 3), np.dstack([grey] * 3 + [opaque]))
    for profile in (linear, of_grey):
        seen = []
        for pixels in pictures:
            Image.fromarray(pixels).save(tmp_path / "a.png", icc_profile=profile)
            seen.append(data.read_image(tmp_path / "a.png"))
        assert seen[0][8, 0, 0] > 170  # half of the light, which is 188 in sRGB
        for colours in seen:
            assert np.abs(colours.astype(int) - seen[0]).max() <= 1


def white_is_transparent(bits):
    """A PNG of grey, whose white nobody painted; and its values of 8 bits."""
    values = np.tile(np.arange(2 ** min(bits, 4)), (4, 4))
    most = 2**bits - 1
    values = values * most // values.max()
    rows = ((values[..., None] >> np.arange(bits)[::-1]) & 1).astype(np.uint8).reshape(4, -1)
    body = zlib.compress(b"".join(b"\0" + np.packbits(row).tobytes() for row in rows))
    header = struct.pack(">IIBBBBB", values.shape[1], 4, bits, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"tRNS", struct.pack(">H", most)), (b"IDAT", body), (b"IEND", b""))
    encoded = b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)
    return encoded, np.rint(values / most * 255).astype(np.uint8)


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
def test_a_grey_that_is_transparent_was_not_painted(tmp_path, bits):
    encoded, values = white_is_transparent(bits)
    (tmp_path / "a.png").write_bytes(encoded)
    with pytest.warns(UnpaintedWarning):
        np.testing.assert_array_equal(data.read_gray(tmp_path / "a.png"), np.where(values == 255, 0, values))


def test_what_nobody_painted_is_no_foreground(cases, tmp_path):
    with pytest.warns(UnpaintedWarning, match="transparent in places.*read as black"):
        trimap = data.read_gray(cases / "trimap_unpainted_background.png")
    np.testing.assert_array_equal(trimap, data.read_gray(cases / "trimap.png"))
    # White, black, and the white of what was never painted.
    layer = np.full((9, 9, 4), 255, np.uint8)
    layer[..., 3] = 0
    layer[2:7, 2:7, 3] = 255
    layer[4, 4, :3] = 0
    Image.fromarray(layer).save(tmp_path / "mask.png")
    expected = np.pad(np.full((5, 5), 255, np.uint8), 2)
    expected[4, 4] = 0
    np.testing.assert_array_equal(data.read_mask(tmp_path / "mask.png"), expected)
    strokes = np.where(layer[..., 3] > 0, layer[..., 0], 128)
    np.testing.assert_array_equal(data.read_strokes(tmp_path / "mask.png"), strokes)
    layer[..., :3] = 0  # a black shape is a cut-out, of which transparency tells
    Image.fromarray(layer).save(tmp_path / "shape.png")
    np.testing.assert_array_equal(data.read_mask(tmp_path / "shape.png"), layer[..., 3])


def test_the_alpha_of_tiff_is_straight(cases, tmp_path, scene):
    for suffix in ("png", "tif"):
        cutout = data.read_foreground(cases / f"cutout_straight.{suffix}")
        soft = (cutout[..., 3] > 20) & (cutout[..., 3] < 235)
        assert np.abs(cutout[soft][:, :3].mean(axis=0) - (143, 70, 60)).max() < 1
    data.write_image(tmp_path / "a.tif", scene)
    assert Image.open(tmp_path / "a.tif").tag_v2[338] == (2,)  # unassociated, as it says now
    np.testing.assert_array_equal(data.read_foreground(tmp_path / "a.tif"), scene)


def depth(dtype):
    return {np.uint16: 65535, np.float32: 1.0, np.uint8: 255}[dtype]


@pytest.mark.parametrize(("suffix", "dtype"), [(".png", np.uint16), (".tif", np.uint16), (".tif", np.float32)])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_more_than_eight_bits_are_rounded(tmp_path, scene, suffix, dtype, channels):
    pixels = scene[..., 0] if channels == 1 else scene[..., :channels]
    deep = (pixels / 255 * depth(dtype)).astype(dtype)
    order = {1: np.s_[...], 3: np.s_[..., ::-1], 4: np.s_[..., [2, 1, 0, 3]]}[channels]
    path = tmp_path / f"a{suffix}"
    assert cv2.imwrite(str(path), np.ascontiguousarray(deep[order]))
    colours = pixels[..., None].repeat(3, 2) if channels == 1 else pixels[..., :3]
    assert np.abs(data.read_image(path).astype(int) - colours).max() <= 1
    if channels == 4:
        assert np.abs(data.read_foreground(path).astype(int) - scene).max() <= 1
    assert image_size(path) == (WIDTH, HEIGHT)


def changed_tag(encoded, tag, value):
    place = encoded.find(struct.pack("<H", tag), 8)
    return encoded[: place + 8] + struct.pack("<HH", value, 0) + encoded[place + 12 :]


def test_deep_tiff_of_other_arrangements_is_read_rightly_or_refused(tmp_path, scene):
    path = tmp_path / "a.tif"
    Image.fromarray(scene[..., 3].astype(np.uint16) * 257).save(path)
    path.write_bytes(changed_tag(path.read_bytes(), 262, 0))  # white is 0
    np.testing.assert_array_equal(data.read_gray(path), 255 - scene[..., 3])
    cv2.imwrite(str(path), scene[..., :3].astype(np.uint16) * 257)
    deep = path.read_bytes()
    for tag, value in ((262, 8), (284, 2)):  # Lab; channel after channel
        path.write_bytes(changed_tag(deep, tag, value))
        with pytest.raises(ImageFileError, match="more than 8 bits in an arrangement that is not read"):
            data.read_image(path)


@pytest.mark.parametrize("value", [np.nan, np.inf, -0.5, 255.0])
def test_floats_that_are_no_colours_are_refused(tmp_path, value):
    pixels = np.full((8, 8, 4), 0.5, np.float32)
    pixels[3, 3] = value
    cv2.imwrite(str(tmp_path / "a.tif"), pixels)
    for read in (data.read_image, data.read_foreground, data.read_gray):
        with pytest.raises(ImageFileError, match=r"a\.tif holds numbers from .* not from 0 to 1\.$"):
            read(tmp_path / "a.tif")


MODES = {
    "palette": ("P", ".png"),
    "palette with transparency": ("PA", ".png"),
    "two colours": ("1", ".png"),
    "grey with alpha": ("LA", ".png"),
    "inks": ("CMYK", ".jpg"),
    "animation": ("P", ".gif"),
}


@pytest.mark.parametrize(("mode", "suffix"), MODES.values(), ids=MODES)
def test_pictures_of_every_mode_are_read(tmp_path, scene, mode, suffix):
    picture = Image.fromarray(scene[..., :3])
    if mode == "PA":
        picture = picture.quantize(8)
        picture.info["transparency"] = 0
    else:
        picture = picture.convert(mode)
    path = tmp_path / f"a{suffix}"
    rest = {"save_all": True, "append_images": [Image.new("P", picture.size)]} if suffix == ".gif" else {}
    picture.save(path, **rest)
    read = data.read_image(path)
    assert read.shape == (HEIGHT, WIDTH, 3)
    assert np.abs(read.astype(int) - np.asarray(picture.convert("RGB"), int)).mean() < 4
    assert data.read_gray(path).shape == (HEIGHT, WIDTH) if mode != "PA" else True


def test_avif_has_the_right_colours_and_heic_is_named_with_its_remedy(cases, tmp_path):
    colours = data.read_image(cases / "cutout.avif").astype(int)
    expected = data.read_image(cases / "cutout_straight.png").astype(int)
    opaque = data.read_foreground(cases / "cutout_straight.png")[..., 3] == 255
    assert np.abs(colours - expected)[opaque].mean() < 3
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    with pytest.raises(ImageFileError, match=r"a\.heic is a HEIC picture.*pip install pillow-heif\.$"):
        data.read_image(tmp_path / "a.heic")


def png_of(width, height, bits=8, kind=6, claimed=None):
    body = zlib.compress(b"\0")
    header = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", body, claimed)


def tiff_of(width, height):
    encoded = io.BytesIO()
    Image.new("L", (8, 8)).save(encoded, "TIFF")
    tags = bytearray(encoded.getvalue())
    for tag, value in ((256, width), (257, height), (258, 16), (279, width * height * 2)):
        place = tags.find(struct.pack("<H", tag), 8)
        tags[place + 2 : place + 12] = struct.pack("<HII", 4, 1, value)
    return bytes(tags)


CLAIMS = {
    "chunk of PNG": png_of(64, 64, claimed=2**32 - 100),
    "chunk of deep PNG": png_of(64, 64, bits=16, claimed=2**31 - 1),
    "pixels of PNG": png_of(30_000, 30_000),
    "pixels of deep PNG": png_of(20_000, 20_000, bits=16),
    "strips of TIFF": tiff_of(20_000, 20_000),
    "too many pixels": png_of(2**17, 2**17),
}


@pytest.mark.parametrize("encoded", CLAIMS.values(), ids=CLAIMS)
def test_nothing_is_reserved_for_what_a_file_only_claims(tmp_path, encoded):
    path = tmp_path / "claims"
    path.write_bytes(encoded)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ImageFileError, match="claims is"):
        data.read_image(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024  # KiB


def test_the_file_of_the_report_is_refused(cases):
    with pytest.raises(ImageFileError, match=r"4_gb\.png is not an image.*claims more than it holds"):
        data.read_image(cases / "png_claims_4_gb.png")


@pytest.mark.parametrize("read", [data.read_image, data.read_gray, data.read_mask, data.read_foreground])
def test_a_pipe_is_read_to_its_end(tmp_path, scene, read):
    if read is data.read_gray:
        scene = scene[..., :3]  # whose transparency would be warned of
    Image.fromarray(scene).save(tmp_path / "a.png")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes((tmp_path / "a.png").read_bytes()))
    writer.start()
    np.testing.assert_array_equal(read(pipe), read(tmp_path / "a.png"))
    writer.join()


def test_standard_input_is_such_a_pipe(tmp_path, scene):
    Image.fromarray(scene).save(tmp_path / "a.png")
    code = "from keras_indexnet.data import read_image; print(read_image('/dev/stdin').shape)"
    with open(tmp_path / "a.png", "rb") as file:
        said = subprocess.run([sys.executable, "-c", code], stdin=file, capture_output=True, text=True)
    assert said.stdout == f"({HEIGHT}, {WIDTH}, 3)\n"


def test_devices_sockets_and_folders_are_refused_by_name(tmp_path):
    (tmp_path / "folder.png").mkdir()
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind(str(tmp_path / "socket"))
        for path in ("/dev/zero", "/dev/null", tmp_path / "socket", tmp_path / "folder.png"):
            with pytest.raises(ImageFileError, match=rf"^{path} (is a device|cannot be read)"):
                data.read_image(path)


def test_hidden_files_and_folders_are_no_images_of_a_folder(tmp_path, scene):
    for name in ("a.png", "._a.png", ".hidden/b.png", "deeper/c.png", "deeper/._c.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(scene).save(tmp_path / name)
    (tmp_path / "folder.png").mkdir()
    names = [path.relative_to(tmp_path).as_posix() for path in data.list_images(tmp_path)]
    assert names == ["a.png", "deeper/c.png"]
    assert len(data.ImageFolder(tmp_path)) == 2
