import { runMain } from './require-node.js';

runMain(new URL('./main.ts', import.meta.url).href);
