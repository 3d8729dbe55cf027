/** Strategies have options in these units as well, so they are defined where both can reach them. */
export * from '../../actors/units.ts';
