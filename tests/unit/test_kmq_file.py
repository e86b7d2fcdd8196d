"""``KmqFile``: opened once, asked many times."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest

import kmcodec
from kmcodec import container
from kmcodec.codec import opened_file, parsing
from kmcodec.coding import codebook, mixed
from kmcodec.coding.tiling import Grid
from kmcodec.pages import view

RNG = np.random.default_rng(15)
PIXELS = RNG.integers(0, 256, (40, 44, 3), dtype=np.uint8)
SMOOTH = np.repeat(np.repeat(PIXELS[::8, ::8], 8, axis=0), 8, axis=1)[:40, :44]


def tiled(image, side=16):
    """Return a file whose indices are coded in tiles."""
    setting = opened_file.Setting(image.indices.shape, image.palette)
    encoder = mixed.MixedEncoder(setting, 1, Grid.about(setting.shape, side))
    payload = bytes([mixed.ID]) + encoder.encode(image.indices)
    header = container.Header(image.width, image.height, image.channels, image.n_colors)
    palette = b"\0" + image.palette.tobytes()
    return container.build(header, [(1, palette), (2, payload)])


FILES = {
    "palette": kmcodec.encode(SMOOTH, n_colors=16),
    "tiles": tiled(kmcodec.quantize(PIXELS, n_colors=16)),
    "blocks": kmcodec.encode(SMOOTH, n_colors=9, block=(4, 4), coding="mixed"),
    "array": kmcodec.encode_array(np.arange(1200).reshape(30, 40) // 100),
}
PLANES = {"blocks": 2}  # a codebook and indices; the others have one


@pytest.fixture
def counted(monkeypatch):
    """Count how often files, sections' checksums and planes are parsed, and tiles are decoded."""
    counts = Counter()

    def count(name, module, attribute):
        function = getattr(module, attribute)

        def call(*args, **options):
            counts[name] += 1
            return function(*args, **options)

        monkeypatch.setattr(module, attribute, call)

    count("file", parsing.container, "parse")
    count("checksum", container.reader.zlib, "crc32")
    count("plane", opened_file, "open_plane")
    count("plane", codebook, "open_plane")
    count("tile table", mixed, "parse_tiles")
    count("tile", mixed, "decode_tile")
    return counts


def expected_of(name, sections):
    """Return what one decoding may parse."""
    planes = PLANES.get(name, 1)
    return {"file": 1, "checksum": sections, "plane": planes, "tile table": planes}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("region", [None, (3, 2, 9, 5)])
def test_decoding_parses_once(name, region, counted):
    """One parse of the file, one checksum a section, one opening of each plane."""
    sections = len(kmcodec.read_info(FILES[name]).sections)
    counted.clear()
    kmcodec.decode(FILES[name], region=region)
    tiles = counted.pop("tile")
    assert counted == expected_of(name, sections)
    assert tiles == {("tiles", None): 6}.get((name, region), PLANES.get(name, 1))


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("region", [[], ["--region", "3,2,9,5"]], ids=["whole", "region"])
def test_the_command_line_parses_once(name, region, counted, run, tmp_path):
    """``decode`` parses, checks and decodes everything once, blocks and regions included."""
    path = tmp_path / "a.kmq"
    path.write_bytes(FILES[name])
    sections = len(kmcodec.read_info(FILES[name]).sections)
    counted.clear()
    assert run("decode", path, "-o", tmp_path / "a.png", *region, "--json").code == 0
    counted.pop("tile")
    written = counted.pop("checksum")  # a PNG has checksums of its own
    assert written >= sections
    assert counted == {k: v for k, v in expected_of(name, sections).items() if k != "checksum"}


@pytest.mark.parametrize("command", ["info", "verify", "view"])
@pytest.mark.parametrize("decoder", ["module", "without"])
def test_other_commands_parse_once(command, decoder, counted, monkeypatch, run, tmp_path):
    """Every command that reads a file parses it once, whether or not pages have a decoder."""
    module = None if decoder == "without" else b"module"
    monkeypatch.setattr(view, "binary_asset", lambda _name: module)
    path = tmp_path / "a.kmq"
    path.write_bytes(FILES["palette"])
    assert run(command, path).code == 0
    assert counted["file"] == 1


def test_one_file_answers_everything(counted):
    """Facts, metadata, regions and pixels come from one parse, equal to the functions'."""
    data = FILES["tiles"]
    info, pixels = kmcodec.read_info(data), kmcodec.decode(data)
    counted.clear()
    file = kmcodec.KmqFile(data)
    assert file.info == info
    assert file.metadata == kmcodec.Metadata()
    assert (file.decode() == pixels).all()
    assert (file.decode(region=(20, 3, 7, 30)) == pixels[3:33, 20:27]).all()
    assert (file.decode_indexed().to_pixels() == pixels).all()
    assert (file.decode_blocks().to_pixels() == pixels).all()
    assert counted["file"] == 1
    assert counted["plane"] == 2  # blocks of one pixel have their own
    assert json.dumps(file.header.width) == "44"


def test_limits_hold_for_what_is_asked_later():
    """A file that is opened under a limit of seconds refuses to be decoded beyond it."""
    file = kmcodec.KmqFile(FILES["palette"], limits=kmcodec.Limits(max_seconds=0))
    assert file.info.width == 44
    with pytest.raises(kmcodec.LimitError, match="the limit is 0"):
        file.decode()


def test_blocks_are_no_palette():
    """A file of blocks has no palette to ask for."""
    with pytest.raises(kmcodec.InputError, match="decode_blocks"):
        _ = kmcodec.KmqFile(FILES["blocks"]).palette


def test_the_palette_cannot_be_changed_under_the_decoder():
    """The palette that a file shows is read-only, and images have their own."""
    file = kmcodec.KmqFile(FILES["tiles"])
    with pytest.raises(ValueError, match="read-only"):
        file.palette[0] = 0
    first = file.decode_indexed()
    first.palette.flags.writeable = True
    first.palette[:] = 0
    assert (file.decode() == kmcodec.decode(FILES["tiles"])).all()


def test_a_codebook_of_blocks_is_decoded_once(counted):
    """The second question of a file of blocks decodes its indices alone."""
    file = kmcodec.KmqFile(FILES["blocks"])
    whole = file.decode()
    counted.clear()
    assert (file.decode(region=(4, 8, 12, 4)) == whole[8:12, 4:16]).all()
    assert counted["tile"] == 1
