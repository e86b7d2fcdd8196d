"""Pillow opens, shows and saves .kmq files as it does its own formats."""

from __future__ import annotations

import gc
import io
import pickle
import subprocess
import sys
import textwrap
import tracemalloc
import warnings

import imageio.v3 as iio
import numpy as np
import pytest
from pictures import gray_profile, opened, soft_picture
from PIL import Image, ImageFile, UnidentifiedImageError

import kmcodec
import kmcodec.pillow
from kmcodec import IndexedImage, Metadata, container
from kmcodec.adapters.pillow import KmqImageFile

ARRAY_MODE = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def open_bytes(data: bytes) -> Image.Image:
    """Return the picture that Pillow opens from bytes."""
    return Image.open(io.BytesIO(data))


def saved(image: Image.Image, **options) -> bytes:
    """Return the bytes of a picture saved as .kmq."""
    file = io.BytesIO()
    image.save(file, "KMQ", **options)
    return file.getvalue()


def pixels_of(image: Image.Image, like: np.ndarray) -> np.ndarray:
    """Return Pillow's pixels with the channels of others."""
    return np.asarray(image.convert(ARRAY_MODE[like.shape[2] if like.ndim == 3 else 1]))


def test_a_script_that_knows_only_pillow(tmp_path, photo):
    """One import; then everything else is Pillow's own words."""
    Image.fromarray(photo).save(tmp_path / "in.png")
    script = f"""
        import kmcodec.pillow
        import os
        from PIL import Image, ImageSequence
        os.chdir({str(tmp_path)!r})
        Image.open("in.png").save("a.kmq", colors=64, effort=3, dither=0.5)
        with Image.open("a.kmq") as im:
            assert (im.format, im.mode, im.size) == ("KMQ", "P", (80, 60))
            assert im.get_format_mimetype() == "image/x-kmq"
            small = im.convert("RGB").resize((40, 30), Image.Resampling.LANCZOS)
            im.resize((20, 15)).save("b.kmq")
        sheet = Image.new("RGBA", (200, 100), "white")
        sheet.paste(small, (5, 5))
        sheet.paste(Image.open("b.kmq"), (100, 5))
        sheet.save("sheet.kmq", colors=32)
        sheet.save("sheet.png")
        for name in ("a.kmq", "b.kmq", "sheet.kmq", "in.png"):
            with Image.open(name) as im:
                im.verify()
            with Image.open(name) as im:
                for frame in ImageSequence.Iterator(im):
                    frame.thumbnail((16, 16))
                    frame.save(f"{{name}}-thumbnail.kmq")
                    assert max(Image.open(f"{{name}}-thumbnail.kmq").size) == 16
    """
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(script)]
    subprocess.run(command, check=True, cwd=tmp_path)
    assert kmcodec.decode((tmp_path / "sheet.kmq").read_bytes()).shape == (100, 200, 4)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("n_colors", [1, 2, 256, 1000])
@pytest.mark.parametrize("authored", [False, True])
def test_pixels_are_those_of_decode(channels, n_colors, authored):
    """An opened file has decode's pixels in the mode that suits its palette."""
    rng = np.random.default_rng(channels + n_colors)
    palette = rng.integers(0, 256, (n_colors, channels), dtype=np.uint8)
    image = IndexedImage(palette, rng.integers(0, n_colors, (33, 47)), authored=authored)
    data = kmcodec.encode_indexed(image)
    decoded = kmcodec.decode(data)
    with open_bytes(data) as picture:
        indexed = n_colors <= 256 and (authored or channels > 2)
        assert picture.mode == ("P" if indexed else ARRAY_MODE[channels])
        assert picture.size == (47, 33)
        np.testing.assert_array_equal(pixels_of(picture, decoded), decoded)
        if indexed:
            np.testing.assert_array_equal(picture, kmcodec.decode_indexed(data).indices)
            assert picture.palette.mode == ("RGBA" if channels in (2, 4) else "RGB")


def test_blocks_open_as_pixels(photo):
    """A file of blocks opens as RGB pixels."""
    data = kmcodec.encode(photo, block=(3, 2), n_colors=40)
    with open_bytes(data) as picture:
        assert picture.mode == "RGB"
        np.testing.assert_array_equal(picture, kmcodec.decode(data))


def test_opening_decodes_nothing(monkeypatch, photo):
    """The indices may be missing altogether until pixels are asked for."""
    data = saved(Image.fromarray(photo), colors=16)
    picture = open_bytes(data[:-200])
    assert (picture.mode, picture.size) == ("P", (80, 60))
    assert len(picture.palette.palette) == 16 * 3
    with pytest.raises(OSError, match="truncated"):
        picture.load()
    whole = open_bytes(data)
    monkeypatch.setattr("kmcodec.adapters.pillow.decode_indexed", None)
    assert whole.size == (80, 60)


def test_a_long_front_is_read_in_parts(photo):
    """Metadata larger than the first read."""
    icc = np.random.default_rng(0).bytes(100_000)
    with open_bytes(kmcodec.encode(photo, metadata=Metadata(icc=icc))) as picture:
        assert picture.info["icc_profile"] == icc
        picture.load()


def test_metadata_goes_both_ways(photo):
    """Profile, Exif and XMP are written, read and dropped as by Pillow's own plugins."""
    exif = Image.Exif()
    exif[0x010E] = "a description"
    icc, xmp = gray_profile(), b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"
    data = saved(Image.fromarray(photo), exif=exif, icc_profile=icc, xmp=xmp.decode())
    metadata = kmcodec.read_metadata(data)
    assert metadata.exif is not None
    assert metadata.exif.startswith((b"II", b"MM"))
    with open_bytes(data) as picture:
        assert picture.getexif()[0x010E] == "a description"
        assert picture.info["icc_profile"] == icc
        assert picture.info["xmp"] == xmp
        plain = kmcodec.read_metadata(saved(picture))
        again = kmcodec.read_metadata(saved(picture, exif=picture.info["exif"], xmp=xmp))
        none = kmcodec.read_metadata(saved(picture, icc_profile=None))
    assert plain == Metadata(icc=icc)  # as Pillow's own plugins: Exif and XMP on request
    assert again == metadata
    assert none == Metadata()


def test_names_are_in_info():
    """Names of palette entries stand in the picture's info."""
    image = IndexedImage(np.eye(3, dtype=np.uint8), [[0, 1, 2]], authored=True, names=tuple("abc"))
    assert open_bytes(kmcodec.encode_indexed(image)).info["names"] == ("a", "b", "c")


def test_a_palette_picture_is_kept_as_it_is():
    """Indices, order, doubles, unused entries and alpha, whoever told the alpha."""
    rng = np.random.default_rng(5)
    indices = rng.integers(0, 7, (20, 30), dtype=np.uint8)
    palette = rng.integers(0, 256, (9, 4), dtype=np.uint8)
    palette[3] = palette[1]
    picture = Image.fromarray(indices).convert("P")
    picture.putpalette(palette.tobytes(), "RGBA")
    image = kmcodec.decode_indexed(saved(picture))
    np.testing.assert_array_equal(image.palette, palette)
    np.testing.assert_array_equal(image.indices, indices)
    assert image.authored
    back = opened(io.BytesIO(saved(opened(io.BytesIO(saved(picture))))))
    np.testing.assert_array_equal(back.convert("RGBA"), palette[indices])
    png = io.BytesIO()
    back.save(png, "PNG")
    np.testing.assert_array_equal(Image.open(png).convert("RGBA"), palette[indices])
    from_png = kmcodec.decode_indexed(saved(Image.open(png)))
    np.testing.assert_array_equal(from_png.palette[from_png.indices], palette[indices])
    picture.putpalette(palette[:, :3].tobytes())
    picture.info["transparency"] = 2
    image = kmcodec.decode_indexed(saved(picture))
    assert image.palette[:3, 3].tolist() == [255, 255, 0]


def test_a_palette_picture_of_more_colours_than_asked_for_is_quantized():
    """A palette picture of too many colours is quantized and no longer authored."""
    picture = Image.fromarray(np.arange(100, dtype=np.uint8).reshape(10, 10)).convert("P")
    image = kmcodec.decode_indexed(saved(picture, colors=16))
    assert image.n_colors == 16
    assert not image.authored


def sixteen_bits() -> Image.Image:
    """Return a picture of gray levels of 16 bits."""
    return Image.fromarray(np.arange(0, 65536, 64, dtype=np.uint16).reshape(32, 32))


MODES = {
    "1": "L", "L": "L", "LA": "LA", "La": "LA", "P": "RGBA", "PA": "RGBA", "RGB": "RGB",
    "RGBA": "RGBA", "RGBa": "RGBA", "RGBX": "RGB", "CMYK": "RGB", "YCbCr": "RGB", "HSV": "RGB",
    "LAB": "RGB",
}  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_is_saved_without_loss_if_its_colours_are_few(mode, sprite):
    """Each of Pillow's modes comes back as it shows."""
    shown = Image.fromarray(sprite // 128 * 128)
    if mode not in ("LA", "La", "RGBA", "RGBa", "PA", "P"):
        shown = shown.convert("RGB")
    picture = (shown.convert("LA") if mode == "La" else shown).convert(mode)
    back = open_bytes(saved(picture))
    expected = picture.convert(MODES[mode])
    np.testing.assert_array_equal(back.convert(MODES[mode]), expected)


def test_sixteen_bits_become_eight():
    """Gray of 16 bits is saved rounded to 8."""
    back = np.asarray(open_bytes(saved(sixteen_bits())))
    expected = np.rint(np.asarray(sixteen_bits()) / 257)
    np.testing.assert_array_equal(back, expected)


@pytest.mark.parametrize("mode", ["I", "F"])
def test_modes_without_a_range_are_refused(mode, tmp_path):
    """Modes I and F raise OSError, and no file is left."""
    with pytest.raises(OSError, match=f"cannot write mode {mode} as KMQ"):
        Image.new(mode, (4, 4)).save(tmp_path / "a.kmq")
    assert not (tmp_path / "a.kmq").exists()


def test_a_transparent_colour_becomes_alpha():
    """A transparent gray level is saved as alpha 0."""
    picture = Image.fromarray(np.eye(4, dtype=np.uint8))
    picture.info["transparency"] = 1
    assert kmcodec.decode(saved(picture))[0, :, -1].tolist() == [0, 255, 255, 255]


def test_options_are_those_of_encode(photo):
    """Options of save give the bytes of encode; those of other formats count for nothing."""
    ours = kmcodec.encode(photo, n_colors=20, effort=2, dither=0.7, space="srgb", coding="deflate")
    options = {"colors": 20, "effort": 2, "dither": 0.7, "space": "srgb", "coding": "deflate"}
    assert saved(Image.fromarray(photo), **options) == ours
    assert saved(Image.fromarray(photo), optimize=True, quality=90) == kmcodec.encode(photo)


@pytest.mark.parametrize("options", [{"colors": 0}, {"effort": 10}, {"dither": 2}, {"exif": 3}])
def test_wrong_options_are_value_errors(options):
    """A wrong option of save raises ValueError with its name."""
    with pytest.raises(ValueError, match=f"{next(iter(options))}"):
        saved(Image.new("RGB", (3, 3)), **options)


def test_an_empty_image_is_refused():
    """A picture without pixels raises ValueError."""
    with pytest.raises(ValueError, match="empty"):
        saved(Image.new("RGB", (0, 3)))


def bomb(pixels: int) -> bytes:
    """Return a file of one colour and so many pixels."""
    header = container.Header(width=pixels, height=1, channels=1, n_colors=1)
    return container.build(header, [(container.SECTION_PALETTE, b"\0\x07")])


def test_decompression_bombs_are_pillows_business(monkeypatch):
    """Warned of above its limit, refused above twice that, and let through without one."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    opened(io.BytesIO(bomb(1000)))
    with pytest.warns(Image.DecompressionBombWarning):
        opened(io.BytesIO(bomb(2000)))
    with pytest.raises(Image.DecompressionBombError):
        open_bytes(bomb(2001))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    opened(io.BytesIO(bomb(2001)))


def test_pillows_limit_counts_not_ours(monkeypatch):
    """A picture that ``Limits()`` refuses opens where Pillow has been told to allow it."""
    data = bomb(kmcodec.Limits().max_pixels + 1)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1e9)
    with open_bytes(data) as picture:
        assert picture.width == kmcodec.Limits().max_pixels + 1
        picture.verify()


def test_a_huge_codebook_is_a_bomb(monkeypatch, photo):
    """A codebook beyond Pillow's limit raises DecompressionBombError."""
    data = kmcodec.encode(photo, block=(16, 16), n_colors=8)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 500)
    with pytest.raises(Image.DecompressionBombError):
        open_bytes(data)


def test_files_are_closed_after_loading(tmp_path, photo):
    """The file stays open until the pixels are loaded."""
    Image.fromarray(photo).save(tmp_path / "a.kmq")
    picture = Image.open(tmp_path / "a.kmq")
    file = picture.fp
    assert not file.closed
    picture.load()
    assert file.closed
    assert picture.fp is None


def test_a_picture_can_be_saved_over_itself(tmp_path, photo):
    """A picture saved over its own file keeps its pixels."""
    Image.fromarray(photo).save(tmp_path / "a.kmq", colors=32)
    with Image.open(tmp_path / "a.kmq") as picture:
        before = np.asarray(picture.convert("RGB"))
        picture.save(tmp_path / "a.kmq")
    np.testing.assert_array_equal(opened(tmp_path / "a.kmq").convert("RGB"), before)


def test_verify_tells_truncated_from_broken(photo):
    """Cut files fail verify with OSError, broken ones with SyntaxError, a second call as well."""
    data = saved(Image.fromarray(photo), colors=16)
    open_bytes(data).verify()
    with pytest.raises(OSError, match="truncated"):
        open_bytes(data[:-9]).verify()
    with pytest.raises(SyntaxError, match="checksum"):
        open_bytes(data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]).verify()
    picture = open_bytes(data)
    picture.verify()
    with pytest.raises(RuntimeError, match="directly after open"):
        picture.verify()


def test_a_file_that_changed_since_it_was_opened_is_no_crash(photo):
    """A file that changed between opening and loading raises OSError."""
    file = io.BytesIO(saved(Image.fromarray(photo), colors=300))
    picture = Image.open(file)
    file.seek(0)
    file.write(saved(Image.fromarray(photo[::2]), colors=300))
    file.truncate()
    with pytest.raises(OSError, match="no longer"):
        picture.load()


def test_a_newer_version_is_told(photo):
    """A file of a later version raises OSError with its version."""
    data = bytearray(saved(Image.fromarray(photo)))
    data[4] = 0x70
    with pytest.raises(OSError, match="format version 7"):
        open_bytes(bytes(data))


def test_other_formats_are_not_ours():
    """Other signatures are left to other plugins."""
    with pytest.raises(UnidentifiedImageError):
        open_bytes(b"\x8fKMX" + bytes(20))
    with pytest.raises(SyntaxError, match=r"not a \.kmq file"):
        KmqImageFile(io.BytesIO(b"GIF89a"))


def test_registering_twice_changes_nothing():
    """A second registration leaves Pillow's lists as they are."""
    kmcodec.register_pillow()
    formats = list(Image.ID)
    kmcodec.register_pillow()
    assert formats == Image.ID
    assert Image.registered_extensions()[".kmq"] == "KMQ"


@pytest.mark.parametrize("step", [100, 10**6])
def test_a_parser_is_fed_in_parts(photo, step):
    """Pillow's parser gives decode's pixels from parts of a file."""
    data = saved(Image.fromarray(photo), colors=16)
    parser = ImageFile.Parser()
    for at in range(0, len(data), step):
        parser.feed(data[at : at + step])
    np.testing.assert_array_equal(parser.close().convert("RGB"), kmcodec.decode(data))


def test_a_hidden_colour_survives_pickling_and_gif(sprite):
    """Where one entry alone is transparent, Pillow is told so as of a GIF."""
    shown = sprite // 64 * 64
    shown[..., 3] = np.where(shown[..., 3] < 128, 0, 255)
    shown[shown[..., 3] == 0] = 0
    with open_bytes(saved(Image.fromarray(shown), colors=100)) as picture:
        assert picture.mode == "P"
        alpha = np.asarray(picture.convert("RGBA"))
        back = pickle.loads(pickle.dumps(picture)).convert("RGBA")  # noqa: S301
        gif = io.BytesIO()
        picture.save(gif, "GIF")
    np.testing.assert_array_equal(alpha[..., 3], shown[..., 3])
    np.testing.assert_array_equal(back, alpha)
    np.testing.assert_array_equal(opened(gif).convert("RGBA").getchannel("A"), alpha[..., 3])


def test_the_command_line_does_not_take_it_for_a_picture(run, tmp_path, photo):
    """``encode`` refuses a .kmq file whether or not the plugin is registered."""
    source = tmp_path / "a.kmq"
    source.write_bytes(saved(Image.fromarray(photo)))
    done = run("encode", source, "-o", tmp_path / "b.kmq")
    assert done.code == 3
    assert done.err == f"kmcodec: {source} is a .kmq file already\n"


def test_truncated_pictures_are_not_shown_in_part(monkeypatch, photo):
    """LOAD_TRUNCATED_IMAGES means nothing here: checksums come first."""
    data = saved(Image.fromarray(photo), colors=16)
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    with pytest.raises(OSError, match="truncated"):
        open_bytes(data[:-9]).load()


def test_a_thousand_opens_do_not_leak(photo):
    """Pillow's own leak test: after a first round, memory stays where it is."""
    data = saved(Image.fromarray(photo), colors=16, icc_profile=bytes(5000))

    def rounds(count: int) -> None:
        for _ in range(count):
            with open_bytes(data) as picture:
                picture.load()

    tracemalloc.start()
    try:
        rounds(50)
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        rounds(1000)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown < 50_000


def test_the_process_does_not_grow(photo, tmp_path):
    """The same as the operating system sees it, with what C allocates."""
    data = saved(Image.fromarray(photo), colors=16).hex()
    script = f"""
        import io, resource
        import kmcodec.pillow
        from PIL import Image
        data = bytes.fromhex("{data}")
        def most():
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for number in range(1100):
            with Image.open(io.BytesIO(data)) as picture:
                picture.load()
            if number == 100:
                before = most()
        print(most() - before)
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path)
    grown = done.stdout
    assert int(grown) < 2048  # KiB, where a leak of pixels alone would be 4,800


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_imageio_reads_and_writes(tmp_path, sprite, channels):
    """Imageio writes and reads gray, RGB and RGBA without loss."""
    pixels = sprite[..., :channels] // 100 * 100
    pixels = pixels[..., 0] if channels == 1 else pixels
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        iio.imwrite(tmp_path / "a.kmq", pixels)
        np.testing.assert_array_equal(iio.imread(tmp_path / "a.kmq"), pixels)
        assert iio.improps(tmp_path / "a.kmq").shape[:2] == pixels.shape[:2]
        data = iio.imwrite("<bytes>", pixels, extension=".kmq", plugin="pillow", effort=1)
        np.testing.assert_array_equal(iio.imread(data), pixels)


def test_a_look_in_few_bytes():
    """A score, or so many bytes, is reached as by ``compress``; other conditions are refused."""
    image = Image.fromarray(soft_picture())
    data = saved(image, score=50)
    assert data == kmcodec.compress(soft_picture(), score=50).data
    assert len(saved(image, max_bytes=1200)) <= 1200
    with pytest.raises(kmcodec.InputError, match="score or max_bytes and dither exclude"):
        saved(image, score=50, dither=1.0)
    with pytest.raises(kmcodec.InputError, match="for single pictures"):
        saved(image, score=50, save_all=True, append_images=[image])
