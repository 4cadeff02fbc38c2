/** The contract suite for the kinds at odd places of the list. */
import { contractOf } from './contract-run.ts';

await contractOf('odd');
