"""Picture files of every mode, through Pillow."""

from __future__ import annotations

import io
import os
import zlib
from pathlib import Path

import numpy as np
import pytest
from pictures import gray_profile, opened, swapped_profile
from PIL import Image, ImageCms

import kmcodec
from kmcodec.errors import InputError, LimitError
from kmcodec.files import picture_bytes, read_picture
from kmcodec.png import writing as png


def saved(image, file_format="PNG", **options):
    """Return a picture as an open file."""
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    buffer.seek(0)
    return buffer


def palette_picture():
    """Return a picture of 4 x 2 pixels with four palette entries."""
    image = Image.frombytes("P", (4, 2), bytes([0, 1, 2, 3, 3, 2, 1, 0]))
    image.putpalette(bytes([1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3]))
    return image


@pytest.mark.parametrize("mode", ["1", "L", "LA", "RGB", "RGBA"])
def test_direct_modes_keep_their_pixels(mode, photo):
    """Pictures without a palette are read to Pillow's own pixels."""
    image = Image.fromarray(photo).convert(mode)
    expected = np.asarray(image.convert("L") if mode == "1" else image)
    found = read_picture(saved(image))
    assert (found.pixels == expected).all()
    assert found.indexed is None
    assert found.frames == 1


def test_palette_pictures_keep_palette_and_indices():
    """Order and repetitions stay, and so do entries that no pixel uses."""
    found = read_picture(saved(palette_picture())).indexed
    assert found.authored
    assert found.palette.tolist() == [[1, 2, 3], [4, 5, 6], [7, 8, 9], [1, 2, 3]]
    assert found.indices.tolist() == [[0, 1, 2, 3], [3, 2, 1, 0]]


@pytest.mark.parametrize(
    ("transparency", "alpha"), [(2, [255, 255, 0, 255]), (b"\x07\x80", [7, 128, 255, 255])]
)
def test_palette_transparency_becomes_alpha(transparency, alpha):
    """Transparent palette entries have their alpha in the palette."""
    found = read_picture(saved(palette_picture(), transparency=transparency)).indexed
    assert found.palette[:, 3].tolist() == alpha


def test_gif_keeps_its_palette_and_tells_of_other_frames():
    """A GIF's first frame keeps its palette, and its frames are counted."""
    frames = [palette_picture(), palette_picture().transpose(Image.Transpose.ROTATE_180)]
    frames[1].putpixel((0, 0), 2)
    file = saved(frames[0], "GIF", save_all=True, append_images=frames[1:], optimize=False)
    found = read_picture(file)
    assert found.frames == 2
    assert found.indexed is not None
    assert (found.pixels == np.asarray(palette_picture().convert("RGB"))).all()


def test_transparent_color_key_becomes_alpha(photo):
    """Pixels of the transparent colour have alpha 0."""
    found = read_picture(saved(Image.fromarray(photo), transparency=tuple(photo[3, 4].tolist())))
    assert found.pixels.shape[2] == 4
    assert found.pixels[3, 4, 3] == 0


def test_exif_orientation_is_applied(photo):
    """A picture with an orientation is turned upright."""
    image = Image.fromarray(photo)
    exif = Image.Exif()
    exif[0x0112] = 6
    found = read_picture(saved(image, exif=exif))
    assert (found.pixels == np.rot90(photo, -1)).all()


def test_metadata_is_read_and_written_again(photo):
    """Profile and Exif of a picture reach the next file."""
    image = Image.fromarray(photo)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x010E] = "a test"
    metadata = read_picture(saved(image, icc_profile=profile, exif=exif)).metadata
    assert metadata.icc == profile
    quantized = kmcodec.quantize(photo, n_colors=8)
    again = opened(io.BytesIO(picture_bytes(quantized, "PNG", as_palette=True, metadata=metadata)))
    assert again.info["icc_profile"] == profile
    assert again.getexif()[0x010E] == "a test"


@pytest.mark.parametrize("mode", ["CMYK", "YCbCr", "LAB"])
def test_other_color_models_become_rgb(mode, photo):
    """CMYK, YCbCr and Lab are read as RGB."""
    image = Image.fromarray(photo).convert(mode) if mode != "LAB" else Image.new("LAB", (80, 60))
    assert read_picture(saved(image, "TIFF")).pixels.shape == (60, 80, 3)


def test_xmp_is_read(photo):
    """XMP of a picture is read as bytes."""
    file = saved(Image.fromarray(photo), "WEBP", xmp=b"<x:xmpmeta/>")
    assert read_picture(file).metadata.xmp == b"<x:xmpmeta/>"


@pytest.mark.parametrize("mode", ["I", "F"])
def test_more_than_sixteen_bits_are_refused(mode):
    """Samples of 32 bits raise InputError."""
    image = Image.fromarray(np.arange(64, dtype=np.float32).reshape(8, 8)).convert(
        "I" if mode != "F" else "F"
    )
    image = image.convert(mode)
    with pytest.raises(InputError, match="more than 8 bits a channel"):
        read_picture(saved(image, "TIFF"))


def test_what_is_no_picture_is_refused(tmp_path):
    """Other, missing and cut files raise InputError."""
    with pytest.raises(InputError, match="not a picture that Pillow can read"):
        read_picture(io.BytesIO(b"hello"))
    with pytest.raises(InputError, match=r"cannot read .*missing.png: No such file"):
        read_picture(tmp_path / "missing.png")
    data = saved(Image.new("RGB", (50, 50))).getvalue()
    with pytest.raises(InputError, match="cannot read"):
        read_picture(io.BytesIO(data[: len(data) // 2]))


def test_bombs_are_refused(monkeypatch):
    """A picture beyond Pillow's limit raises LimitError."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(LimitError, match="exceeds limit"):
        read_picture(saved(Image.new("RGB", (50, 50))))


def write_png(color_type, depth, rows, *chunks):
    """Return an open PNG of 2 x 2 pixels that Pillow does not write itself."""
    header = (2).to_bytes(4) + (2).to_bytes(4) + bytes([depth, color_type, 0, 0, 0])
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    parts = [png.chunk(b"IHDR", header), *(png.chunk(*c) for c in chunks)]
    parts += [png.chunk(b"IDAT", data), png.chunk(b"IEND", b"")]
    return io.BytesIO(png.SIGNATURE + b"".join(parts))


def test_sixteen_bit_gray_is_rounded_and_said_so():
    """Gray of 16 bits is rounded to 8 with a note."""
    samples = np.array([[0, 128, 129], [32767, 65406, 65535]], dtype=np.uint16)
    for file_format in ("PNG", "TIFF"):
        found = read_picture(saved(Image.fromarray(samples), file_format))
        assert found.pixels.tolist() == [[0, 0, 1], [127, 254, 255]]
        assert found.notes == ("samples have 16 bits: they were rounded to 8",)


def test_sixteen_bit_gray_keeps_its_transparent_level():
    """The transparent level of 16 bits becomes alpha, and its neighbours do not."""
    rows = [b"\x00\x01\x00\x02", b"\xff\xff\x00\x01"]
    found = read_picture(write_png(0, 16, rows, (b"tRNS", b"\x00\x01")))
    assert found.pixels.tolist() == [[[0, 0], [0, 255]], [[255, 255], [0, 0]]]


def test_sixteen_bit_colors_lose_their_lower_halves_and_it_is_said():
    """Colours of 16 bits keep their upper bytes with a note."""
    rows = [b"\x10\xff\x20\x00\x30\x80" * 2] * 2
    found = read_picture(write_png(2, 16, rows))
    assert found.pixels.tolist() == [[[16, 32, 48]] * 2] * 2
    assert found.notes == ("samples have 16 bits: Pillow took the upper 8 of each",)


def test_sixteen_bit_colors_keep_their_transparent_one():
    """As far as the upper halves tell it, and that is said."""
    row = b"\x10\xff\x20\x00\x30\x80" + b"\x11\xff\x20\x00\x30\x80"
    key = (b"tRNS", b"\x10\xff\x20\x00\x30\x80")
    found = read_picture(write_png(2, 16, [row] * 2, key))
    assert found.pixels.tolist() == [[[16, 32, 48, 0], [17, 32, 48, 255]]] * 2
    assert "colours close to the transparent one are transparent, too" in found.notes[1]


def test_sixteen_bits_a_pixel_are_no_sixteen_bits_a_channel():
    """BMP packs three channels into two bytes."""
    header = (40).to_bytes(4, "little") + (1).to_bytes(4, "little") * 2
    header += b"\1\0\x10\0" + bytes(24)
    data = b"BM" + (58).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little") + header
    found = read_picture(io.BytesIO(data + b"\xff\x7f\0\0"))
    assert (found.pixels.tolist(), found.notes) == ([[[255, 255, 255]]], ())


def test_cmyk_without_a_profile_is_converted_and_said_so(photo):
    """CMYK becomes Pillow's RGB with a note, and an unusable profile is dropped."""
    image = Image.fromarray(photo).convert("CMYK")
    found = read_picture(saved(image, "TIFF"))
    assert (found.pixels == np.asarray(image.convert("RGB"))).all()
    assert found.notes == ("CMYK colours became RGB by a simple formula, for they have no profile",)
    found = read_picture(saved(image, "TIFF", icc_profile=b"profile"))
    assert "their profile cannot be used" in found.notes[0]
    assert found.metadata.icc is None


def test_broken_profiles_are_noted_and_nothing_is_converted(photo):
    """A profile that cannot be used leaves the pixels and a note."""
    found = read_picture(saved(Image.fromarray(photo), icc_profile=b"profile"))
    assert (found.pixels == photo).all()
    assert "the ICC profile cannot be used" in found.notes[0]


def test_an_srgb_profile_changes_nothing(photo):
    """An sRGB profile leaves the pixels and stays in the metadata, without a note."""
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    found = read_picture(saved(Image.fromarray(photo), icc_profile=icc))
    assert (found.pixels == photo).all()
    assert (found.notes, found.metadata.icc) == ((), icc)


@pytest.mark.parametrize("keep_profile", [False, True])
def test_a_gray_profile_that_is_srgb_is_dropped(photo, keep_profile):
    """A palette PNG has colours, which a profile of gray does not describe."""
    file = saved(Image.fromarray(photo[..., 0]), icc_profile=gray_profile())
    found = read_picture(file, keep_profile=keep_profile)
    assert (found.pixels == photo[..., 0]).all()
    assert (found.notes, found.metadata.icc) == ((), None)


def test_wide_gamut_becomes_srgb_unless_it_is_kept(photo):
    """Swapped primaries are a profile whose effect is easy to see."""
    icc = swapped_profile()
    found = read_picture(saved(Image.fromarray(photo), icc_profile=icc))
    assert np.abs(found.pixels.astype(int) - photo[..., ::-1]).max() <= 2
    assert found.metadata.icc is None
    kept = read_picture(saved(Image.fromarray(photo), icc_profile=icc), keep_profile=True)
    assert (kept.pixels == photo).all()
    assert kept.metadata.icc == icc


def test_an_indexed_picture_has_its_palette_converted():
    """A profile changes the palette of an indexed picture, not its indices."""
    image = palette_picture()
    icc = swapped_profile()
    found = read_picture(saved(image, icc_profile=icc, transparency=b"\x07\x80")).indexed
    assert found.authored
    assert found.indices.tolist() == [[0, 1, 2, 3], [3, 2, 1, 0]]
    assert np.abs(found.palette[:, 2::-1].astype(int) - own_palette(image)).max() <= 2
    assert found.palette[:, 3].tolist() == [7, 128, 255, 255]


def own_palette(image):
    """Return the four palette entries of a picture."""
    return np.array(image.getpalette("RGB")[:12]).reshape(-1, 3)


def test_gamma_without_a_profile_is_applied():
    """A gAMA chunk changes the pixels unless it says sRGB or nonsense."""
    rows = [bytes([0, 64]), bytes([128, 255])]
    linear = (b"gAMA", (100000).to_bytes(4))
    found = read_picture(write_png(0, 8, rows, linear))
    assert found.pixels.tolist() == [[0, 136], [186, 255]]
    for same in (
        [(b"gAMA", (45455).to_bytes(4))],
        [(b"sRGB", b"\0"), linear],
    ):
        assert read_picture(write_png(0, 8, rows, *same)).pixels.tolist() == [[0, 64], [128, 255]]
    odd = read_picture(write_png(0, 8, rows, (b"gAMA", (1).to_bytes(4))))
    assert odd.pixels.tolist() == [[0, 64], [128, 255]]
    assert "it was ignored" in odd.notes[0]


def test_kept_exif_has_its_orientation_reset(photo):
    """Kept Exif has orientation 1, and its other tags."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a test"
    metadata = read_picture(saved(Image.fromarray(photo), exif=exif)).metadata
    again = Image.Exif()
    again.load(metadata.exif)
    assert (again.get(0x0112, 1), again[0x010E]) == (1, "a test")


def test_frames_are_noted_and_sizes_known(photo):
    """A picture of two frames has a note, their number and the file's size."""
    frames = [Image.fromarray(photo), Image.fromarray(photo[::-1].copy())]
    for file_format in ("GIF", "PNG"):
        file = saved(frames[0], file_format, save_all=True, append_images=frames[1:])
        size = len(file.getvalue())
        found = read_picture(file)
        assert (found.frames, found.size) == (2, size)
        assert found.notes == ("only the first of 2 frames was used",)


TURNED = b"Exif\0\0II*\0\x08\0\0\0\2\0\x12\1\3\0\1\0\0\0\6\0\0\0"
MALFORMED = (  # orientation 6, and a resolution of -1/0 or a unit of "two"
    TURNED + b"\x1a\1\x0a\0\1\0\0\0\x26\0\0\0\0\0\0\0\xff\xff\xff\xff\0\0\0\0",
    TURNED + b"\x28\1\2\0\4\0\0\0two\0\0\0\0\0",
)


@pytest.mark.parametrize("exif", MALFORMED)
@pytest.mark.parametrize("file_format", ["JPEG", "WEBP", "PNG"])
def test_orientation_is_applied_beside_malformed_values(photo, exif, file_format):
    """Pixels turn, and Exif that cannot be written again is dropped with a note."""
    options = {"JPEG": {"quality": 100, "subsampling": 0}, "WEBP": {"lossless": True}, "PNG": {}}
    image = Image.fromarray(photo)
    found = read_picture(saved(image, file_format, exif=exif, **options[file_format]))
    expected = np.asarray(opened(saved(image, file_format, **options[file_format])))
    assert (found.pixels == np.rot90(expected, -1)).all()
    note = "the Exif has values that cannot be written again: it was dropped"
    assert (found.notes, found.metadata.exif) == ((note,), None)


@pytest.mark.parametrize("file_format", ["JPEG", "WEBP"])
def test_exif_that_is_none_is_dropped(photo, file_format):
    """Exif without a byte order leaves all pixels, and an orientation in XMP still counts."""
    image = Image.fromarray(photo)
    xmp = b'<rdf:Description tiff:Orientation="3"/>'
    for more, turns in (({}, 0), ({"xmp": xmp}, 2)):
        found = read_picture(saved(image, file_format, exif=b"Exif\0\0\0\x08\0\2", **more))
        plain = np.asarray(opened(saved(image, file_format)))
        assert (found.pixels == np.rot90(plain, turns)).all()
        assert "the Exif cannot be read: it was dropped" in found.notes
        assert found.metadata.exif is None


def test_damaged_frames_after_the_first_are_noted(photo):
    """The first frame of a GIF is whole although another one is not."""
    frames = [Image.fromarray(photo).quantize(4), Image.fromarray(photo[::-1].copy()).quantize(4)]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:]).getvalue()
    for cut in (20, 300):
        found = read_picture(io.BytesIO(data[:-cut]))
        assert (found.pixels == np.asarray(frames[0].convert("RGB"))).all()


def test_more_pixels_are_read_without_an_alarm(photo, monkeypatch):
    """A caller's limit is in place of Pillow's, which comes back."""
    for file_format in ("PNG", "BMP", "GIF"):
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 3000)
        file = saved(Image.fromarray(photo).quantize(4), file_format)
        assert read_picture(file).pixels.shape[:2] == (60, 80)  # warnings are errors here
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
        file.seek(0)
        assert read_picture(file, max_pixels=4800).pixels.shape[:2] == (60, 80)
        for limit in (4799, 2400, 10):
            file.seek(0)
            with pytest.raises(LimitError, match="exceeds limit"):
                read_picture(file, max_pixels=limit)
        assert Image.MAX_IMAGE_PIXELS == 100


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="there is no /dev/fd")
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_pipes_are_read_by_their_names(kind):
    """A path that is a pipe, as shells make of <(command), is read once and whole."""
    buffer = io.BytesIO()
    Image.new("RGB", (5, 4), (200, 10, 20)).save(buffer, kind)
    reading, writing = os.pipe()
    os.write(writing, buffer.getvalue())
    os.close(writing)
    try:
        picture = read_picture(Path(f"/dev/fd/{reading}"))
    finally:
        os.close(reading)
    assert picture.pixels.shape == (4, 5, 3)
    assert picture.size == len(buffer.getvalue())


def test_a_profile_that_is_none_is_dropped_whether_kept_or_not(tmp_path):
    """Bytes in a profile's place are noted and left out, with --keep-metadata, too."""
    path = tmp_path / "a.png"
    Image.new("RGB", (3, 2), (9, 8, 7)).save(path, icc_profile=b"junk" * 9)
    for keep in (False, True):
        picture = read_picture(path, keep_profile=keep)
        assert picture.metadata.icc is None
        assert any("profile" in note for note in picture.notes)


@pytest.mark.parametrize(
    ("mode", "transparency"), [("L", b"\1\2"), ("RGB", None), ("P", 400)], ids=["L", "RGB", "P"]
)
def test_odd_transparency_of_pillows_images_is_refused(mode, transparency):
    """What `info` says of transparency may be anything: the image is refused or it converts."""
    image = Image.new(mode, (2, 2))
    image.info["transparency"] = transparency
    with pytest.raises(kmcodec.InputError):
        kmcodec.quantize(image)
