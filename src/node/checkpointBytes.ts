import {createHash} from 'node:crypto';
import {deserialize, serialize} from 'node:v8';

import type {CheckpointValue} from '../core/checkpoint';
import {DataFormatError} from '../core/errors';

// Magic, SHA-256 of the payload, payload. The payload is V8's serialisation: like a structuredClone
// it keeps typed arrays, -0, NaN and infinities to the bit, which JSON does not, and it is a fraction
// of base64's size. V8 reads what older versions of it wrote.
const MAGIC = Buffer.from('lt-robust checkpoint 1\n');
const HASH_BYTES = 32;

/** A checkpoint as bytes, with its checksum. */
export function encodeCheckpoint(value: CheckpointValue): Buffer {
  const payload = serialize(value);
  return Buffer.concat([MAGIC, hashOf(payload), payload]);
}

/**
 * The checkpoint in `bytes`.
 *
 * @param source - File or key that they are from, for the error message.
 * @throws DataFormatError if they are not what {@link encodeCheckpoint} made.
 */
export function decodeCheckpoint(bytes: Buffer, source: string): CheckpointValue {
  const start = MAGIC.length + HASH_BYTES;
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new DataFormatError({
      source,
      offset: 0,
      expected: JSON.stringify(MAGIC.toString()),
      found: JSON.stringify(bytes.subarray(0, MAGIC.length).toString('latin1')),
    });
  }
  const payload = bytes.subarray(start);
  if (!bytes.subarray(MAGIC.length, start).equals(hashOf(payload))) {
    throw new DataFormatError({
      source,
      offset: start,
      expected: 'the content that the checksum before it belongs to',
      found: `${payload.length} other bytes`,
    });
  }
  return deserialize(payload) as CheckpointValue;
}

const hashOf = (payload: Buffer): Buffer => createHash('sha256').update(payload).digest();
