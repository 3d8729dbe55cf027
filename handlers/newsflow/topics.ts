/**
 * What you want to hear of. Change it as you like: every article is scored anew after `npx jobctl reprocess newsflow_monitor score`.
 * A word stands for itself in any case, `breach*` for all that begins so, several words for their sequence.
 */
export type Topic = {
  name: string;
  /** How much it matters, 0–1. */
  weight: number;
  words: readonly string[];
};

export const TOPICS: readonly Topic[] = [
  { name: 'security', weight: 0.9, words: ['vulnerabilit*', 'exploit*', 'ransomware', 'malware', 'zero-day', 'data breach*', 'security flaw*', 'supply chain attack*', 'cve'] },
  { name: 'artificial intelligence', weight: 0.7, words: ['artificial intelligence', 'language model*', 'machine learning', 'neural network*', 'ai', 'llm*', 'gpt*', 'openai', 'anthropic', 'deepmind'] },
  { name: 'software', weight: 0.6, words: ['open source', 'open-source', 'programming', 'software', 'developer*', 'compiler*', 'database*', 'linux', 'kernel', 'release notes'] },
  { name: 'results', weight: 0.6, words: ['quarterly results', 'earnings', 'revenue*', 'guidance', 'profit warning*', 'operating margin*', 'dividend*'] },
  { name: 'deals', weight: 0.6, words: ['acqui*', 'merger*', 'takeover*', 'ipo', 'funding round*', 'stake in', 'antitrust'] },
];
