"""Whatever the picture and the options: what decodes is what was encoded."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import kmcodec
from kmcodec import Animation, IndexedImage, Metadata, QualityError, color, histogram
from kmcodec.kmeans import lloyd

COUNTS = st.sampled_from([1, 2, 3, 4, 16, 17, 255, 256, 257, 1000, 65536])
SIDES = st.integers(1, 24)


@st.composite
def pictures(draw):
    """Draw (H, W[, C]) uint8 pixels: noise, or few values, or smooth steps."""
    height, width = draw(SIDES), draw(SIDES)
    channels = draw(st.sampled_from([None, 2, 3, 4]))
    shape = (height, width) if channels is None else (height, width, channels)
    seed = draw(st.integers(0, 2**32 - 1))
    values = draw(st.sampled_from([1, 2, 9, 256]))
    pixels = np.random.default_rng(seed).integers(0, values, shape) * (255 // max(1, values - 1))
    if draw(st.booleans()):
        pixels = np.cumsum(pixels, axis=1) // 3
    return (pixels % 256).astype(np.uint8)


@st.composite
def indexed_images(draw):
    """Draw palette images with repeated and unused entries."""
    n_colors = draw(COUNTS)
    channels = draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    palette = rng.integers(0, draw(st.sampled_from([2, 40, 256])), (n_colors, channels))
    top = draw(st.integers(1, n_colors))
    indices = rng.integers(0, top, (draw(SIDES), draw(SIDES)))
    return IndexedImage(palette.astype(np.uint8), indices, authored=draw(st.booleans()))


OPTIONS = st.fixed_dictionaries(
    {
        "n_colors": COUNTS,
        "space": st.sampled_from(["oklab", "srgb"]),
        "dither": st.sampled_from([0.0, 0.3, 1.0]),
        "dither_method": st.sampled_from(["diffusion", "blue-noise"]),
        "coding": st.sampled_from(["auto", "packed", "deflate"]),
        "effort": st.integers(1, 9),
        "seed": st.integers(0, 2**32 - 1),
    }
)


@given(pixels=pictures(), options=OPTIONS)
def test_decode_gives_the_quantized_picture(pixels, options):
    """Decoded pixels are palette[indices]; at most K distinct colours come back untouched."""
    data = kmcodec.encode(pixels, **options)
    image = kmcodec.quantize(pixels, **{k: v for k, v in options.items() if k != "coding"})
    decoded = kmcodec.decode(data)
    assert decoded.dtype == np.uint8
    assert decoded.shape == pixels.shape
    assert (decoded == image.to_pixels()).all()
    assert image.n_colors <= options["n_colors"]
    flat = pixels.reshape(pixels.shape[0] * pixels.shape[1], -1)
    if len(np.unique(flat, axis=0)) <= options["n_colors"]:
        assert (decoded == pixels).all()


@st.composite
def conditions(draw):
    """Draw options that bind the palette, which may contradict none of the others."""
    colors = hnp.arrays(np.uint8, st.tuples(st.integers(1, 3), st.integers(1, 4)))
    if draw(st.booleans()):
        return {"palette": draw(colors)}
    least, wanted = sorted(draw(st.tuples(st.integers(0, 40), st.integers(0, 100))))
    return {
        "keep": draw(st.none() | colors),
        "keep_rare": draw(st.sampled_from([0.0, 0.001, 0.2])),
        "quality": draw(st.sampled_from([None, (least, wanted), (0, 100)])),
        "posterize": draw(st.integers(0, 4)),
    }


@settings(max_examples=200)
@given(
    pixels=pictures(),
    options=OPTIONS,
    binding=conditions(),
    weighed=st.booleans(),
)
def test_conditions_hold_and_the_picture_comes_back(pixels, options, binding, weighed):
    """Given and kept colours are in the palette, levels are posterized, indices decode."""
    options = options | binding
    coding = options.pop("coding")
    options["n_colors"] = max(options["n_colors"], 3)
    if weighed and "palette" not in binding:
        seed = np.random.default_rng(int(pixels.sum()))
        options["importance"] = seed.integers(0, 256, pixels.shape[:2], dtype=np.uint8)
    try:
        image = kmcodec.quantize(pixels, **options)
    except QualityError:
        assert options["quality"][0] > 0
        return
    decoded = kmcodec.decode(kmcodec.encode(pixels, **options, coding=coding))
    assert (decoded == image.to_pixels()).all()
    assert decoded.shape[:2] == pixels.shape[:2]
    palette = color.with_channels(image.palette, 4)
    asked = binding.get("palette")
    if asked is not None:
        assert (palette == color.with_channels(asked, 4)).all()
        return
    assert image.n_colors <= options["n_colors"]
    kept = binding["keep"]
    kept = np.empty((0, 4), dtype=np.uint8) if kept is None else color.with_channels(kept, 4)
    held = {tuple(row) for row in palette.tolist()}
    assert {tuple(row) for row in kept.tolist()} <= held
    levels = set(color.levels(binding["posterize"]).tolist())
    assert all(set(row) <= levels for row in held - {tuple(row) for row in kept.tolist()})


@given(pixels=pictures(), options=OPTIONS, threads=st.sampled_from([2, 4, None]))
def test_threads_and_repetition_give_the_same_bytes(pixels, options, threads):
    """Any number of threads gives the bytes of one thread."""
    first = kmcodec.encode(pixels, **options, threads=1)
    with (  # so that these small pictures are split at all
        patch.object(histogram, "SMALLEST_RANGE", 20),
        patch.object(histogram, "SMALLEST_GATHER", 20),
        patch.object(lloyd, "SMALLEST_RANGE", 20),
    ):
        assert kmcodec.encode(pixels, **options, threads=threads) == first


@given(
    image=indexed_images(),
    coding=st.sampled_from(["auto", "packed", "deflate", "mixed"]),
    effort=st.integers(1, 9),
)
def test_indexed_images_come_back_whole(image, coding, effort):
    """The pixels, unused entries and the authored flag; then order and indices, too."""
    data = kmcodec.encode_indexed(image, coding=coding, effort=effort)
    back = kmcodec.decode_indexed(data)
    assert (back.to_pixels() == image.to_pixels()).all()
    assert sorted(back.palette.tolist()) == sorted(image.palette.tolist())
    assert back.authored == image.authored
    if image.authored:
        assert (back.palette == image.palette).all()
        assert (back.indices == image.indices).all()
    info = kmcodec.read_info(data)
    assert (info.width, info.height) == (image.width, image.height)
    assert (info.n_colors, info.channels) == (image.n_colors, image.channels)
    assert info.size == len(data)


@given(icc=st.none() | st.binary(), exif=st.none() | st.binary(), xmp=st.none() | st.binary())
def test_metadata_comes_back(icc, exif, xmp):
    """Any ICC, Exif and XMP bytes come back as they were, absent ones as absent."""
    metadata = Metadata(icc, exif, xmp)
    data = kmcodec.encode(np.eye(3, dtype=np.uint8), metadata=metadata)
    assert kmcodec.read_metadata(data) == metadata
    assert (kmcodec.decode(data) == np.eye(3)).all()


@given(
    X=hnp.arrays(np.uint8, st.tuples(st.integers(5, 40), st.integers(1, 4))),
    weights=st.none() | hnp.arrays(np.int64, 40, elements=st.integers(1, 1000)),
)
@example(X=np.zeros((6, 3), dtype=np.uint8), weights=None)
def test_estimator_is_consistent(X, weights):  # noqa: N803
    """Labels are the nearest centres, predict agrees with fit, and inertia is their distance."""
    import warnings  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fewer distinct samples than clusters
        fitted = kmcodec.KMeansQuantizer(n_clusters=4).fit(
            X, sample_weight=None if weights is None else weights[: len(X)]
        )
    distances = ((X[:, None].astype(float) - fitted.cluster_centers_[None]) ** 2).sum(axis=2)
    assert (fitted.labels_ == distances.argmin(axis=1)).all()
    assert (fitted.predict(X) == fitted.labels_).all()
    scale = np.ones(len(X)) if weights is None else weights[: len(X)]
    assert np.isclose(fitted.inertia_, (distances.min(axis=1) * scale).sum())


@given(
    X=hnp.arrays(np.uint8, st.tuples(st.integers(6, 40), st.integers(1, 4))),
    cuts=st.lists(st.integers(1, 39), max_size=4),
    seed=st.integers(0, 99),
)
def test_any_chunks_are_one_fit(X, cuts, seed):  # noqa: N803
    """partial_fit over chunks in any order gives what fit gives."""
    import warnings  # noqa: PLC0415

    weights = np.random.default_rng(seed).integers(1, 9, len(X))
    chunks = [c for c in np.split(np.arange(len(X)), sorted(cuts)) if len(c)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fewer distinct samples than clusters
        whole = kmcodec.KMeansQuantizer(4, effort=2).fit(X, sample_weight=weights)
        parts = kmcodec.KMeansQuantizer(4, effort=2)
        for chunk in np.random.default_rng(seed).permutation(len(chunks)):
            part = chunks[chunk]
            parts.partial_fit(X[part], sample_weight=weights[part])
    assert (parts.cluster_centers_ == whole.cluster_centers_).all()
    assert parts.inertia_ == whole.inertia_


@st.composite
def animations(draw):
    """Draw stacks of a few planes: noise, or what moves, stays or changes here and there."""
    n_colors = draw(COUNTS)
    shape = (draw(st.integers(1, 5)), draw(SIDES), draw(SIDES))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    palette = rng.integers(0, 256, (n_colors, draw(st.integers(1, 4)))).astype(np.uint8)
    planes = rng.integers(0, draw(st.integers(1, n_colors)), shape)
    kind = draw(st.sampled_from(["noise", "moves", "stays", "changes"]))
    if kind != "noise":
        planes[1:] = planes[0]
    if kind == "moves":
        planes = np.stack([np.roll(plane, t, axis=1) for t, plane in enumerate(planes)])
    if kind == "changes":
        planes[:, shape[1] // 2, shape[2] // 2] = rng.integers(0, n_colors, shape[0])
    return Animation(palette, planes, authored=draw(st.booleans()))


@given(
    animation=animations(),
    coding=st.sampled_from(["auto", "packed", "deflate", "mixed"]),
    effort=st.sampled_from([1, 5, 9]),
)
@settings(max_examples=60)
def test_animations_come_back(animation, coding, effort):
    """All planes, and any one of them alone, are what was encoded."""
    data = kmcodec.encode_indexed(animation, coding=coding, effort=effort)
    file = kmcodec.KmqFile(data)
    back = file.decode_animation()
    assert (back.to_pixels() == animation.to_pixels()).all()
    if animation.authored:
        assert (back.indices == animation.indices).all()
    last = animation.n_frames - 1
    one = file.decode_animation(frames=(last, last + 1))
    assert (one.to_pixels()[0] == animation.to_pixels()[last]).all()
