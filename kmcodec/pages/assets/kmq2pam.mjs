/** kmq2pam.mjs INPUT.kmq OUTPUT.pam: decodes a picture in Node.js and writes it as a PAM file of netpbm.
 *  The planes of a stack stand one below another. */
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { KmqError, open } from "./kmq.mjs";

const KINDS = { 1: "GRAYSCALE", 2: "GRAYSCALE_ALPHA", 3: "RGB", 4: "RGB_ALPHA" };

function toPam({ width, height, planes, channels, pixels }) {
  const head = `P7\nWIDTH ${width}\nHEIGHT ${height * planes}\nDEPTH ${channels}\nMAXVAL 255\nTUPLTYPE ${KINDS[channels]}\nENDHDR\n`;
  return Buffer.concat([Buffer.from(head), Buffer.from(pixels.buffer)]);
}

const [source, target, ...more] = process.argv.slice(2);
if (target === undefined || more.length > 0) {
  process.stderr.write("usage: node kmq2pam.mjs INPUT.kmq OUTPUT.pam\n\nDecode a .kmq file into a PAM file of netpbm.\n");
  process.exit(2);
}
try {
  const file = await open(readFileSync(source));
  writeFileSync(target, toPam(file.decode({ planes: file.info.planes })));
} catch (error) {
  if (!(error instanceof KmqError) && error.syscall === undefined) throw error;
  process.stderr.write(`${error.name}: ${error.message}\n`);
  process.exitCode = 1;
}
