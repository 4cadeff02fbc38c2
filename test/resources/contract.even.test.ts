/** The contract suite for the kinds at even places of the list. */
import { contractOf } from './contract-run.ts';

await contractOf('even');
