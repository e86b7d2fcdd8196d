// Runs kmq_tiles.c, built for WebAssembly, and prints its lines.
"use strict";
const fs = require("fs");

const lines = [];
const host = {
  line: (model, n, width, height, depth, kind, size, crc) => {
    const hexadecimal = (crc >>> 0).toString(16).padStart(8, "0");
    lines.push(`${model} ${n} ${width}x${height}x${depth} ${kind} ${size} ${hexadecimal}`);
  },
  fail: (where) => {
    throw new Error(`broken: ${where}`);
  },
};
const module_ = new WebAssembly.Module(fs.readFileSync(process.argv[2]));
new WebAssembly.Instance(module_, { host }).exports.run();
console.log(lines.join("\n"));
