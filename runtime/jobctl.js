#!/usr/bin/env -S node --max-semi-space-size=4
import { runMain } from './require-node.js';

runMain(new URL('./jobctl/main.ts', import.meta.url).href);
