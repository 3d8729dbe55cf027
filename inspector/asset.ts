/** Something that is served from memory. */
export type Asset = { type: string; body: string };

/** What is served, by path. */
export interface Assets {
  get(path: string): Asset | undefined | Promise<Asset | undefined>;
}
