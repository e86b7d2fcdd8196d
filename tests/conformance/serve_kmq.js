// A decoder that answers line by line: a file in base64 comes in, what became of it goes out as JSON.
"use strict";
const readline = require("node:readline");
const kmq = require(process.argv[2]);

function answer(line) {
  const bytes = new Uint8Array(Buffer.from(line, "base64"));
  try {
    const picture = kmq.decode(bytes);
    return {
      size: [picture.width, picture.height, picture.channels],
      pixels: Buffer.from(picture.pixels).toString("base64"),
      palette: Buffer.from(picture.palette).toString("base64"),
      indices: Array.from(picture.indices),
    };
  } catch (error) {
    if (!(error instanceof kmq.KmqError)) return { crash: String(error.stack) };
    return { error: error.name, message: error.message };
  }
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  process.stdout.write(`${JSON.stringify(answer(line))}\n`);
});
