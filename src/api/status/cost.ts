/** What the tier costs by the month, as far as the price table goes. Money is decimal text: no floats. */
import { z } from 'zod';
import { ATOMIC_LIST, role, text } from '../fields.ts';

const money = () => text(20, /^[0-9]+([.][0-9]+)?$/);

const item = z.object({
  role: role().describe('Resource.'),
  monthly: money().describe('Amount by the month.'),
  basis: text(256).describe('How it is reckoned.'),
});

/** `status.cost`. */
export const cost = z.object({
  currency: text(3, /^[A-Z]{3}$/).describe('ISO 4217 code.'),
  monthlyEstimate: money().describe('Sum by the month of 730 hours, list prices.'),
  priceTable: text(64).describe('Which prices: region and date.'),
  confidence: z
    .enum(['High', 'Medium', 'Low'])
    .describe('High: all rates known. Medium: use is assumed. Low: a rate is missing.'),
  items: z.array(item).max(100).meta(ATOMIC_LIST).optional().describe('What it consists of.'),
  missingRates: z
    .array(text(128))
    .max(50)
    .meta(ATOMIC_LIST)
    .optional()
    .describe('Rates that the price table lacks; not in the sum.'),
});
