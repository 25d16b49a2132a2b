// Finds, for each piece, a number with which token and address hash to enough zero bits.
const text = new TextEncoder();
const batch = 64; // hashes at a time: each is a promise

async function zeros(line) {
  const sum = await crypto.subtle.digest('SHA-256', text.encode(line));
  return Math.clz32(new DataView(sum).getUint32(0));
}

onmessage = async ({ data: { token, email, pieces, bits } }) => {
  const found = [];
  for (let piece = 0; piece < pieces; piece++) {
    const start = `${token}\n${email}\n${piece}\n`;
    for (let from = 0; found.length === piece; from += batch) {
      const tried = await Promise.all(Array.from({ length: batch }, (_, i) => zeros(start + (from + i))));
      const hit = tried.findIndex(n => n >= bits);
      if (hit >= 0) found.push(from + hit);
    }
  }
  postMessage(found.join('.'));
};
