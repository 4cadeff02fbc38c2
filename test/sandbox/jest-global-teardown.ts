/** The other half of the global setup, in a file of its own because Jest asks for one. */
import { tearDown } from './jest-global-setup.ts';

export default tearDown;
