/**
 * How AWS's JSON is read: a long list not in one go, so that no page of it holds up the event loop. What an answer means is
 * left to the SDK and its schemas.
 */
import { AwsJson1_0Protocol, AwsJson1_1Protocol } from '@aws-sdk/core/protocols';
import { JsonShapeDeserializer2 } from '@smithy/core/protocols';
import type { Schema } from '@smithy/types';
import { isWritten, readInParts } from './parts.ts';

/** Reads as the SDK's own does, but for long lists. Numbers are JavaScript's: nothing here has more digits than those. */
export class PiecewiseJson extends JsonShapeDeserializer2 {
  override async read(schema: Schema, data: unknown): Promise<unknown> {
    if (!(data instanceof Uint8Array) || data.byteLength === 0) return await super.read(schema, data);
    const answer: unknown = JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString());
    const read = (part: unknown): unknown => this._read(schema, part);
    return isWritten(answer) ? await readInParts(answer, read) : read(answer);
  }
}

/** What CloudWatch speaks. */
export class UnhurriedJson10Protocol extends AwsJson1_0Protocol {
  constructor(...options: ConstructorParameters<typeof AwsJson1_0Protocol>) {
    super(...options);
    this.deserializer = new PiecewiseJson((this.deserializer as JsonShapeDeserializer2).settings);
  }
}

/** What SSM speaks. */
export class UnhurriedJson11Protocol extends AwsJson1_1Protocol {
  constructor(...options: ConstructorParameters<typeof AwsJson1_1Protocol>) {
    super(...options);
    this.deserializer = new PiecewiseJson((this.deserializer as JsonShapeDeserializer2).settings);
  }
}
