// A decoder that answers line by line: a file in base64 and the most pixels it may have come in, what became of it
// goes out as JSON.
//     node serve_kmq.mjs KMQ.mjs [KMQ.wasm]
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [script, module] = process.argv.slice(2);
const kmq = await import(pathToFileURL(script));
if (module) await kmq.load(pathToFileURL(module));

async function answer(line) {
  const [base64, maxPixels] = line.split(" ");
  try {
    const file = await kmq.open(Buffer.from(base64, "base64"), { maxPixels: Number(maxPixels) });
    const { planes } = file.info;
    const { width, height, channels, pixels } = file.decode({ planes });
    return {
      size: [width, height * planes, channels],
      pixels: Buffer.from(pixels.buffer).toString("base64"),
      palette: Buffer.from(file.palette).toString("base64"),
      indices: Array.from(file.decodeIndices({ planes }).indices),
    };
  } catch (error) {
    if (!(error instanceof kmq.KmqError)) return { crash: String(error.stack) };
    return { error: error.name, message: error.message };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(line))}\n`);
}
