"""``KMeansQuantizer`` on 8-bit data: one result, whatever chunks, threads, machine and fork."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from kmcodec import KMeansQuantizer
from kmcodec.estimator import counting
from kmcodec.estimator.counting import WeightedVectors, distinct

RESULTS = """
import hashlib
import numpy as np
import kmcodec
for d in (3, 8, 64, 784):
    rng = np.random.default_rng(d)
    middles = rng.integers(40, 216, (9, d))
    X = np.clip(middles[rng.integers(0, 9, 5000)] + rng.normal(0, 40, (5000, d)), 0, 255)
    fitted = kmcodec.KMeansQuantizer(9, effort=5, n_threads=THREADS).fit(X.astype(np.uint8))
    found = fitted.cluster_centers_.tobytes() + fitted.labels_.tobytes()
    print(d, hashlib.sha256(found).hexdigest())
images = np.clip(middles[:, :64][rng.integers(0, 9, 300)] + rng.normal(0, 40, (300, 64)), 0, 255)
print(kmcodec.cluster_digits(images.astype(np.uint8), 5, seed=3).labels.tobytes().hex())
"""
FORKS = """
import os, signal
import numpy as np
import kmcodec
rng = np.random.default_rng(0)
images = rng.integers(0, 256, (400, 8, 8)).astype(np.uint8)
floats = rng.normal(size=(4000, 8))

def fit_floats():
    fitted = kmcodec.KMeansQuantizer(9).fit(floats)
    fitted.predict(floats)
    fitted.score(floats)
    kmcodec.KMeansQuantizer(9).partial_fit(floats)

def fit_bytes(d):
    kmcodec.KMeansQuantizer(9, effort=3, n_threads=2).fit(
        rng.integers(0, 256, (2000, d)).astype(np.uint8)
    )

jobs = {"floats": fit_floats}
jobs |= {d: lambda d=d: fit_bytes(d) for d in (3, 64, 784)}
jobs |= {
    features: lambda features=features: kmcodec.cluster_digits(images, features=features)
    for features in ("raw", "gradients", "spectral")
}
for job in jobs.values():
    job()
children = {}
for name, job in jobs.items():
    child = os.fork()
    if child == 0:
        signal.alarm(90)  # ends it where it waits for ever
        job()
        os._exit(0)
    children[child] = name
while children:
    child, status = os.wait()
    print(children.pop(child), status)
"""


def run(script, **environment):
    """Run a script in a fresh interpreter and return what it prints."""
    return subprocess.run(
        [sys.executable, "-P", "-W", "ignore", "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | environment,
        timeout=300,
    ).stdout


def test_machines_and_threads_do_not_change_anything():
    """Two kernels of OpenBLAS for other processors, and 1, 2 and 4 threads of ours and of BLAS."""
    found = {
        run(
            RESULTS.replace("THREADS", threads),
            OPENBLAS_CORETYPE=processor,
            OMP_NUM_THREADS=threads,
            OPENBLAS_NUM_THREADS=threads,
        )
        for processor, threads in (("Haswell", "1"), ("Prescott", "2"), ("Prescott", "4"))
    }
    assert len(found) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_fits_in_forked_processes_end():
    """Of floats, bytes of few and many dimensions, and digits by all features, after the same."""
    ended = run(FORKS, OMP_NUM_THREADS="2").splitlines()
    names = "floats", "3", "64", "784", "raw", "gradients", "spectral"
    assert sorted(ended) == sorted(f"{name} 0" for name in names)


@pytest.fixture(scope="module", params=[5, 64, 784])
def wide(request):
    """Return (400, d) 8-bit samples with repetitions, in clouds."""
    rng = np.random.default_rng(request.param)
    middles = rng.integers(40, 216, (7, request.param))
    noise = rng.normal(0, 40, (300, request.param))
    values = np.clip(middles[rng.integers(0, 7, 300)] + noise, 0, 255).astype(np.uint8)
    return values[rng.integers(0, 300, 400)]


def test_chunks_of_any_order_are_one_fit(wide):
    """Centres, inertia and labels, with whole weights too."""
    weights = np.random.default_rng(0).integers(0, 9, 400)
    whole = KMeansQuantizer(7).fit(wide, sample_weight=weights)
    parts = KMeansQuantizer(7)
    for part in (slice(350, None), slice(0, 9), slice(9, 350)):
        parts.partial_fit(wide[part], sample_weight=weights[part])
    assert (parts.cluster_centers_ == whole.cluster_centers_).all()
    assert parts.inertia_ == whole.inertia_
    assert (parts.labels_ == whole.labels_[9:350]).all()


def test_distinct_vectors_are_those_of_unique(wide):
    """In an order that does not depend on that of the samples."""
    vectors, positions = distinct(wide, 1)
    assert (vectors[positions] == wide).all()
    assert len(vectors) == len(np.unique(wide, axis=0))
    assert (distinct(wide[::-1], 1)[0] == vectors).all()


def test_vectors_whose_hashes_collide_are_told_apart(wide, monkeypatch):
    """Also where all have the same."""
    monkeypatch.setattr(counting, "_hashes", lambda values: np.zeros(len(values), dtype=np.uint64))
    vectors, positions = distinct(wide, 1)
    assert (vectors[positions] == wide).all()
    assert (vectors == np.unique(wide, axis=0)).all()


def test_hashes_of_vectors_that_differ_a_little_differ():
    """In one bit, or in bits of one place of two words."""
    vectors = np.zeros((1 + 64 + 49, 16), dtype=np.uint8)
    for bit in range(64):
        vectors[1 + bit, bit // 8] = 1 << bit % 8
    for i in range(49):
        vectors[65 + i, [7, 15]] = 1 << i // 7, 2 << i % 7
    assert len(np.unique(counting._hashes(vectors))) == len(vectors)


def test_many_dimensions_leave_less_room_for_weights():
    """Sums that the engine would not take are scaled, whole numbers or not."""
    vectors = np.random.default_rng(1).integers(0, 256, (3, 70_000)).astype(np.uint8)
    weights = np.array([1.0, 2.0, 3.0]) * (1 << 28)
    data = WeightedVectors.of(vectors, weights, 1)[0]
    whole, unit = data.whole_weights()
    assert int(whole.sum()) * 255**2 * 70_000 < 1 << 62
    assert whole * unit == pytest.approx(data.totals, rel=1e-6)
