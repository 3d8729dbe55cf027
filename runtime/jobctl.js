#!/usr/bin/env node
import { runMain } from './require-node.js';

runMain(new URL('./jobctl/main.ts', import.meta.url).href);
