/** Where the browser of the tests is. */
import { existsSync } from 'node:fs';

export const CHROMIUM = process.env['RIVUS_CHROMIUM'] ?? '/usr/bin/chromium';
/** Why there are no tests in a browser; undefined when there are. */
export const noBrowser = existsSync(CHROMIUM) ? undefined : `there is no ${CHROMIUM} (Debian: apt-get install chromium); RIVUS_CHROMIUM names another one`;
