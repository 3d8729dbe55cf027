import { folders } from '../prove/faults/faults.ts';
import { made } from './made.ts';

made(folders);
