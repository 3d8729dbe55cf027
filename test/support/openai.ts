/** The scripted OpenAI server for one test: closed when that has ended. */
import { onTestFinished } from 'vitest';
import { startOpenAi, type Behaviour, type OpenAiServer } from './openai-server.ts';

export async function openAi(...behaviours: [Behaviour, ...Behaviour[]]): Promise<OpenAiServer> {
  const server = await startOpenAi(...behaviours);
  onTestFinished(() => server.close());
  return server;
}
