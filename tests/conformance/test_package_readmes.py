"""The programs in the READMEs of the packages run as they stand."""

from __future__ import annotations

import re
import subprocess
import sys

import c_decoder
import numpy as np
import pytest
import webassembly

import kmcodec

MAIN = """
int main(int argc, char **argv) {
    static unsigned char data[1 << 16];
    uint32_t width = 0, height = 0;
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (file == NULL) return 2;
    uint8_t *pixels = read_picture(data, fread(data, 1, sizeof data, file), &width, &height);
    fclose(file);
    if (pixels == NULL) return 1;
    fwrite(pixels, 4, (size_t)width * height, stdout);
    free(pixels);
    return 0;
}
"""
READ = 'import { readFileSync } from "node:fs";\nconst bytes = readFileSync("picture.kmq");\n'
TELL = "\nconsole.log(`${width} x ${height}, ${pixels.length} bytes`);\n"


def blocks(package, language):
    """Return what stands in a README in a language."""
    text = (webassembly.ROOT / "packages" / package / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


@pytest.fixture
def picture(tmp_path, photo):
    """Return a file's decoded pixels; it is picture.kmq."""
    data = kmcodec.encode(photo[:40, :50], n_colors=30)
    (tmp_path / "picture.kmq").write_bytes(data)
    return kmcodec.decode(data)


def test_the_package_for_npm_in_node(tmp_path, picture):
    """The folder that build.py gathers runs the README's scripts, in this thread and another."""
    webassembly.find_module()
    build = webassembly.ROOT / "packages" / "js" / "build.py"
    subprocess.run([sys.executable, str(build), "--package", str(tmp_path)], check=True)
    worker, show = blocks("js", "js")
    (tmp_path / "worker.mjs").write_text(READ + worker + TELL)
    (tmp_path / "show.mjs").write_text(show)

    def node(name):
        command = [webassembly.find_node(), name]
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True).stdout

    first = ",".join(map(str, picture[0, 0]))
    assert node("show.mjs") == b"50 x 40, 3 bytes a pixel, the first is %b\n" % first.encode()
    assert node("worker.mjs") == b"50 x 40, 8000 bytes\n"


def test_the_function_in_c(tmp_path, picture):
    """It compiles without a warning, gives the pixels, and says what is wrong with a file."""
    (text,) = blocks("c", "c")
    text = text.replace("uint8_t *read_picture", "static uint8_t *read_picture")
    (tmp_path / "main.c").write_text(text + MAIN)
    program = c_decoder.build(tmp_path, "gcc", tmp_path / "main.c", ["-O0"])
    file = tmp_path / "picture.kmq"
    done = subprocess.run([program, file], check=True, capture_output=True)
    pixels = np.frombuffer(done.stdout, dtype=np.uint8).reshape(40, 50, 4)
    assert (pixels[..., :3] == picture).all()
    file.write_bytes(file.read_bytes()[:-1])
    done = subprocess.run([program, file], check=False, capture_output=True)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr == b"TruncatedError: the file ends early\n"
