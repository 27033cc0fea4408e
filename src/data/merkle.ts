/**
 * The Merkle tree hash of RFC 6962 §2.1 (SHA-256; a leaf is hashed behind a 0 byte, a node behind a 1 byte, so that one
 * can never pass for the other), in one pass over the leaves. Holds one hash for each bit of their number.
 */
import { createHash } from 'node:crypto';

const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);

export class MerkleTree {
  /** Roots of the perfect subtrees so far, the largest first; `sizes` counts their leaves. */
  private readonly roots: Buffer[] = [];
  private readonly sizes: number[] = [];
  private count = 0;

  get leafCount(): number {
    return this.count;
  }

  /** @param leaf text is taken as UTF-8. */
  add(leaf: string | Uint8Array): void {
    this.push(createHash('sha256').update(LEAF).update(leaf).digest(), 1);
    this.count += 1;
  }

  /** Hex. Of no leaves: the hash of nothing. Leaves may be added afterwards. */
  root(): string {
    let root = this.roots.at(-1);
    if (root === undefined) return createHash('sha256').digest('hex');
    for (const left of this.roots.slice(0, -1).reverse()) root = nodeOf(left, root);
    return root.toString('hex');
  }

  private push(hash: Buffer, size: number): void {
    let [root, leaves] = [hash, size];
    while (this.sizes.at(-1) === leaves) {
      root = nodeOf(this.roots.pop() as Buffer, root);
      this.sizes.pop();
      leaves *= 2;
    }
    this.roots.push(root);
    this.sizes.push(leaves);
  }
}

function nodeOf(left: Buffer, right: Buffer): Buffer {
  return createHash('sha256').update(NODE).update(left).update(right).digest();
}
