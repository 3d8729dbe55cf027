/** What came is no feed that can be read. The message says why, and the way out where there is one. */
export class UnreadableFeed extends Error {
  override name = 'UnreadableFeed';
}
