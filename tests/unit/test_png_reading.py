"""What a PNG says beside its pixels: read where it is whole, noted where it is not."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from pictures import chunk, raw_png, swapped_profile

from kmcodec.errors import InputError
from kmcodec.files import read_picture
from kmcodec.files.png_chunks import PngError, read_chunks

GRAY = np.array([[10, 20, 30], [40, 50, 60]])
RGB = np.arange(18).reshape(2, 3, 3) * 14
ORIENTATION_6 = b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0"


def text(data, kind=b"zTXt"):
    """Return the content of a compressed text, or of a profile, whose layout is the same."""
    return chunk(kind, b"Comment\0\0" + zlib.compress(data))


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
@pytest.mark.parametrize("level", [0, 1])
def test_transparent_levels_of_every_depth(depth, level):
    """A gray level is transparent in the unit of its depth, and no other one is."""
    samples = np.arange(6).reshape(2, 3) % (1 << depth)
    found = read_picture(raw_png(samples, depth, before=chunk(b"tRNS", bytes([0, level]))))
    gray = samples * 255 // ((1 << depth) - 1)
    assert (found.pixels[..., :3] == gray[..., None]).all()
    assert (found.pixels[..., 3] == np.where(samples == level, 0, 255)).all()
    assert found.notes == ()


def test_transparent_levels_beyond_the_depth_count_modulo():
    """As libpng has it, bits above a sample's are not looked at."""
    found = read_picture(raw_png([[0, 1, 2, 3]], 2, before=chunk(b"tRNS", b"\xff\xfe")))
    assert found.pixels[0, :, 3].tolist() == [255, 255, 0, 255]


@pytest.mark.parametrize(
    ("before", "note"),
    [
        (chunk(b"eXIf", b"\0\x08\0\2"), "a chunk eXIf does not begin as Exif does"),
        (chunk(b"tRNS", b"\1"), "a chunk tRNS has 1 bytes, expected 6"),
        (chunk(b"gAMA", b"\1"), "a chunk gAMA has 1 bytes, expected 4"),
        (chunk(b"pHYs", bytes(9)), "a chunk pHYs is no resolution"),
        (chunk(b"pHYs", b"\0\0\0\1"), "a chunk pHYs has 4 bytes, expected 9"),
        (chunk(b"iCCP", b"name"), "a chunk iCCP is no profile"),
        (chunk(b"iTXt", b"name"), "a chunk iTXt is no text"),
        (chunk(b"zTXt", b"a\0\0nonsense"), "a chunk zTXt cannot be inflated"),
        (chunk(b"zTXt", b"a\0\0" + zlib.compress(b"ab")[:-2]), "a chunk zTXt ends too early"),
        (text(bytes(1 << 21)), "a chunk zTXt inflates to more than 1,048,576 bytes"),
        (text(bytes(1 << 21), b"iCCP"), "a chunk iCCP inflates to more than 1,048,576 bytes"),
        (
            chunk(b"iTXt", b"a\0\1\0\0\0" + zlib.compress(bytes(1 << 21))),
            "a chunk iTXt inflates to more than 1,048,576 bytes",
        ),
        (chunk(b"sRGB", b"\0") * 2, "a chunk sRGB is there twice"),
        (chunk(b"tEXt", b"a\0b", crc=1), "a chunk tEXt has a wrong checksum"),
        (chunk(b"gAMA", (100000).to_bytes(4), crc=1), "a chunk gAMA has a wrong checksum"),
        (chunk(b"quUX", b"a\0b", crc=1), "a chunk quUX has a wrong checksum"),
        (chunk(b"TEXt", b"a\0b", crc=1), "a chunk TEXt has a wrong checksum"),
    ],
)
def test_faulty_chunks_cost_no_pixels(before, note):
    """A chunk that cannot be used is as good as missing, and that is noted."""
    found = read_picture(raw_png(RGB, 8, 2, before=before))
    assert (found.pixels == RGB).all()
    assert found.notes == (f"{note}: it was ignored",)
    assert found.metadata.icc is found.metadata.exif is None


@pytest.mark.parametrize(
    "damage", [b"\0\0\0\1tEX\0a\0\0\0\0", b"\0\0\x10\0tEXta\0b", b"\xff\xff\xff\xfftEXta\0b"]
)
def test_damaged_lengths_and_kinds_before_the_pixels(damage):
    """The next whole chunk follows, and the picture keeps what comes after the damage."""
    resolution = chunk(b"pHYs", struct.pack(">IIB", 5, 6, 1))
    found = read_picture(raw_png(RGB, 8, 2, before=damage + resolution))
    assert (found.pixels == RGB).all()
    assert found.resolution == (5, 6, 1)
    assert "bytes are damaged: they were ignored" in found.notes[0]


def test_damage_after_the_pixels():
    """What follows the pixels may be damaged, missing, or pixels again."""
    cut = raw_png(RGB, 8, 2).getvalue()[:-12]
    for data in (cut, cut + b"\0\0", cut + b"\xff\xff\xff\xffjunk", raw_png(RGB, 8, 2).getvalue()):
        assert (read_picture(io.BytesIO(data)).pixels == RGB).all()
    found = read_picture(raw_png(RGB, 8, 2, after=chunk(b"tEXt") + chunk(b"IDAT", b"a") * 2))
    assert found.notes == ("chunks IDAT that are apart from the first were ignored",)
    assert (found.pixels == RGB).all()
    late = raw_png(RGB, 8, 2, after=chunk(b"gAMA", (100000).to_bytes(4)))
    assert read_picture(late).notes == ("a chunk gAMA stands after the pixels: it was ignored",)


@pytest.mark.parametrize("kind", [b"IHDR", b"PLTE", b"IDAT"])
def test_damaged_critical_chunks_are_refused(kind):
    """A checksum that is wrong where pixels need the chunk refuses the file."""
    file = raw_png(GRAY % 4, 8, 3, before=chunk(b"PLTE", bytes(range(12))))
    data = bytearray(file.getvalue())
    at = data.index(kind)
    data[at + 4 + int.from_bytes(data[at - 4 : at])] ^= 1
    with pytest.raises(InputError, match=f"checksum of its chunk {kind.decode()}"):
        read_picture(io.BytesIO(bytes(data)))


def test_files_without_what_is_critical_are_refused():
    """A palette, pixels and a header have to be there."""
    with pytest.raises(InputError, match="it has no palette"):
        read_picture(raw_png(GRAY % 4, 8, 3, before=chunk(b"PLTe", bytes(12))))
    whole = raw_png(GRAY).getvalue()
    for data, message in (
        (whole[:33] + whole[-12:], "it has no pixels"),
        (whole[:8], "it has no chunks"),
        (whole[:8] + whole[33:], "its first chunk is not IHDR"),
        (whole[:40], "it ends or is damaged at byte 33"),
    ):
        with pytest.raises(InputError, match=message):
            read_picture(io.BytesIO(data))


def test_lost_pixels_are_refused():
    """Pixels whose second chunk is damaged do not become whole by what follows."""
    rows = np.random.default_rng(1).integers(0, 256, (40, 40))
    data = raw_png(rows).getvalue()
    start = data.index(b"IDAT") + 4
    content = data[start:-16]
    parts = [content[:400], content[400:800], content[800:]]
    for kind in (b"IDaT", b"idat", b"ID\0T"):
        chunks = [chunk(b"IDAT", parts[0]), chunk(kind, parts[1], crc=1), chunk(b"IDAT", parts[2])]
        broken = data[: start - 8] + b"".join(chunks) + chunk(b"IEND")
        with pytest.raises(InputError, match="truncated"):
            read_picture(io.BytesIO(broken))


def test_many_kinds_of_damage_are_told_in_few_notes():
    """Notes are no longer than a person reads, whatever a file has."""
    kinds = [bytes([97 + i // 20, 97 + i % 20]) + b"Ab" for i in range(100)]
    before = b"".join(chunk(kind, b"", crc=1) for kind in kinds)
    found = read_picture(raw_png(GRAY, before=before))
    assert len(found.notes) == 9
    assert found.notes[8] == "92 more kinds of damage were ignored"


def test_texts_are_inflated_up_to_a_limit():
    """A thousand bombs take no more work than some."""
    bomb = text(bytes(1 << 21))
    found = read_picture(raw_png(GRAY, before=bomb * 1000))
    assert found.notes[-1] == "a chunk zTXt follows too many others: it was ignored"


def test_exif_as_text_turns_a_picture():
    """ImageMagick writes Exif as hexadecimal text, compressed or not."""
    words = b"\nexif\n      26\n" + ORIENTATION_6.hex().encode()
    for before in (
        chunk(b"tEXt", b"Raw profile type exif\0" + words),
        chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(words)),
    ):
        found = read_picture(raw_png(GRAY, before=before))
        assert (found.pixels == np.rot90(GRAY, -1)).all()


def test_xmp_is_read_compressed_and_plain():
    """XMP is an international text with its own keyword; others are left."""
    xmp = b"<x:xmpmeta/>"
    for before in (
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0en\0\0" + zlib.compress(xmp)),
    ):
        other = chunk(b"iTXt", b"Title\0\0\0\0\0a title")
        assert read_picture(raw_png(GRAY, before=other + before)).metadata.xmp == xmp


def animation(*, order=(0, 1, 2), count=2, first=(3, 2), second=(3, 2), crc=None, after=b""):
    """Return an animated PNG of two frames, with faults."""
    controls = [
        chunk(b"fcTL", struct.pack(">5IHHBB", n, *size, 0, 0, 1, 10, 0, 0))
        for n, size in zip(order, (first, second), strict=False)
    ]
    data = zlib.compress(b"\0" * 8)
    frame = chunk(b"fdAT", order[2].to_bytes(4) + data, crc)
    return raw_png(
        GRAY,
        before=chunk(b"acTL", struct.pack(">II", count, 0)) + controls[0],
        after=controls[1] + frame + after,
    )


def test_whole_animations_have_their_frames_counted():
    """Frames are counted without being read; a default image that is none of them counts."""
    found = read_picture(animation())
    assert (found.frames, found.notes) == (2, ("only the first of 2 frames was used",))
    separate = raw_png(
        GRAY,
        before=chunk(b"acTL", struct.pack(">II", 1, 0)),
        after=chunk(b"fcTL", struct.pack(">5IHHBB", 0, 3, 2, 0, 0, 1, 10, 0, 0)),
    )
    assert read_picture(separate).frames == 2
    without = read_picture(raw_png(GRAY, after=chunk(b"fcTL", b"nonsense")))
    assert (without.frames, without.notes) == (1, ())


@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        ({"order": (0, 2, 1)}, "its chunks are not in their order"),
        ({"order": (7, 1, 2)}, "its chunks are not in their order"),
        ({"count": 3}, "it has 2 of 3 frames"),
        ({"count": 0}, "its number of frames is wrong"),
        ({"count": 2**31}, "its number of frames is wrong"),
        ({"first": (2, 2)}, "its first frame is not the whole picture"),
        ({"second": (4, 2)}, "a frame lies outside the picture"),
        ({"second": (0, 2)}, "a frame lies outside the picture"),
        ({"crc": 1}, "the checksum of a chunk fdAT is wrong"),
        ({"after": chunk(b"acTL", bytes(8))}, "its number of frames stands in the wrong place"),
    ],
)
def test_faulty_animations_leave_their_default_image(faults, reason):
    """The default image is whole, whatever is wrong with the frames, and they are known of."""
    found = read_picture(animation(**faults))
    assert (found.pixels == GRAY).all()
    assert found.notes == (f"the animation is damaged, {reason}: its default image was used",)
    assert found.frames >= 2


def p3_to_srgb(colors):
    """Return what IEC 61966-2-1 and SMPTE EG 432-1 make of Display P3 colours."""
    matrix = [  # of linear light, both with white D65
        [1.2249401763, -0.2249401763, 0],
        [-0.0420569547, 1.0420569547, 0],
        [-0.0196375546, -0.0786360456, 1.0982736001],
    ]
    v = np.asarray(colors) / 255
    linear = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4) @ np.transpose(matrix)
    linear = np.clip(linear, 0, 1)
    srgb = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return srgb * 255


def test_display_p3_becomes_srgb():
    """Colours of a cICP chunk are converted as their primaries say, before any other chunk."""
    colors = np.random.default_rng(5).integers(0, 256, (20, 20, 3))
    p3 = chunk(b"cICP", bytes([12, 13, 0, 1]))
    for others in (b"", chunk(b"gAMA", (100000).to_bytes(4)), text(swapped_profile(), b"iCCP")):
        found = read_picture(raw_png(colors, 8, 2, before=p3 + others))
        assert np.abs(found.pixels - p3_to_srgb(colors)).max() < 2.5
        assert np.abs(found.pixels - p3_to_srgb(colors)).mean() < 0.35
        assert (found.notes, found.metadata.icc) == ((), None)


def test_a_palette_in_display_p3_is_converted_and_gray_stays():
    """A palette's colours are converted, its indices stay; gray has no primaries."""
    p3 = chunk(b"cICP", bytes([12, 13, 0, 1]))
    palette = np.array([[255, 0, 0], [0, 255, 0], [100, 150, 200]])
    file = raw_png([[0, 1, 2]], 8, 3, before=p3 + chunk(b"PLTE", palette.astype("u1").tobytes()))
    found = read_picture(file)
    assert found.indexed.indices.tolist() == [[0, 1, 2]]
    assert np.abs(found.indexed.palette - p3_to_srgb(palette)).max() < 2
    assert (read_picture(raw_png(GRAY, before=p3)).pixels == GRAY).all()


def test_display_p3_that_is_kept_becomes_a_profile():
    """With metadata the colours stay, and a profile says what they are: the same each time."""
    file = raw_png(RGB, 8, 2, before=chunk(b"cICP", bytes([12, 13, 0, 1])))
    found = read_picture(file, keep_profile=True)
    assert (found.pixels == RGB).all()
    again = raw_png(RGB, 8, 2, before=text(found.metadata.icc, b"iCCP"))
    assert np.abs(read_picture(again).pixels - p3_to_srgb(RGB)).max() < 2.5
    file.seek(0)
    assert read_picture(file, keep_profile=True).metadata.icc == found.metadata.icc


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ((9, 16, 0, 1), "BT.2100 PQ is not converted"),
        ((9, 18, 0, 1), "BT.2100 HLG is not converted"),
        ((2, 2, 0, 1), "its code points 2, 2, 0, 1 are not known here"),
        ((12, 13, 0, 0), "its code points 12, 13, 0, 0 are not known here"),
    ],
)
def test_other_code_points_are_noted(code, words):
    """What no profile can say is left as it is, and that is noted."""
    found = read_picture(raw_png(RGB, 8, 2, before=chunk(b"cICP", bytes(code))))
    assert (found.pixels == RGB).all()
    assert found.notes == (f"the chunk cICP was not applied: {words}",)


def test_srgb_by_code_points_changes_nothing():
    """A cICP chunk of sRGB wins over a gamma and a profile that say otherwise."""
    srgb = chunk(b"cICP", bytes([1, 13, 0, 1]))
    gamma = chunk(b"gAMA", (100000).to_bytes(4))
    found = read_picture(raw_png(RGB, 8, 2, before=srgb + gamma))
    assert (found.pixels == RGB).all()
    assert found.notes == ()


def test_resolution_is_read_and_turned_with_the_picture():
    """The resolution follows the rows that become columns."""
    phys = chunk(b"pHYs", struct.pack(">IIB", 5669, 2835, 1))
    assert read_picture(raw_png(GRAY, before=phys)).resolution == (5669, 2835, 1)
    turned = read_picture(raw_png(GRAY, before=phys + chunk(b"eXIf", ORIENTATION_6)))
    assert turned.resolution == (2835, 5669, 1)


class CountedFile(io.BytesIO):
    """A file that counts the bytes that are read of it."""

    read_bytes = 0

    def read(self, size=-1):
        """Read and count."""
        data = super().read(size)
        self.read_bytes += len(data)
        return data


def test_damage_without_end_takes_bounded_work():
    """Chunks that only seem to begin, over and over, are not checksummed again and again."""
    raw = b"".join(b"\0" + bytes(24) for _ in range(8))
    parts = [b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", bytes([0, 0, 0, 8, 0, 0, 0, 8, 8, 2, 0, 0, 0]))]
    parts.append(chunk(b"IDAT", zlib.compress(raw)))
    for _ in range(600):
        seeming = b"".join((90_000).to_bytes(4) + b"IDAT" for _ in range(15))
        parts.append(b"\0" * 4 + b"\xff" * 8 + seeming + chunk(b"pHYs", b""))
    file = CountedFile(b"".join(parts) + bytes(90_000))
    size = len(file.getvalue())
    with pytest.raises(PngError):
        list(read_chunks(file, frozenset()))
    assert file.read_bytes < 24 * size + 9 * (1 << 20)
