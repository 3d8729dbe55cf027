import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { jobctl } from '../support/jobctl.ts';
import { tempFolder } from '../support/temp.ts';

const LINES = [
  { id: 'a', message: 'database is locked', name: 'sqlite3.OperationalError', class: 'ignored' },
  { id: 2, message: 'HTTP 401 {"error":"Invalid API key."}', status: 401, code: null, context: { stage: 'fetch' } },
  { id: 'c', message: '' },
].map((line) => JSON.stringify(line));

const folder = (lines: readonly string[], more: Record<string, string> = {}) => tempFolder({ 'errors.ndjson': lines.join('\n'), ...more });

test('prints a verdict a line, whatever else the lines hold', async () => {
  const at = folder(LINES);
  const { code, stdout, stderr } = await jobctl(path.join(at, 'data'), ['classify', '--ndjson', path.join(at, 'errors.ndjson'), '--json', '--no-llm']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.trim().split('\n').map((line) => JSON.parse(line))).toEqual([
    { id: 'a', class: 'transient', action: 'retry_later', by: 'rule', rule: 'database-locked', confidence: 0.95, fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/) },
    { id: 2, class: 'systemic', action: 'pause_job', by: 'rule', rule: 'key-refused', confidence: 0.95, fingerprint: expect.any(String) },
    { id: 'c', class: 'transient', action: 'retry_later', by: 'rule', confidence: 0.2, fingerprint: expect.any(String) },
  ]);
});

test('reads standard input, names the lines that are no errors, and does the others', async () => {
  const at = folder([]);
  const { code, stdout, stderr } = await jobctl(path.join(at, 'data'), ['classify', '--ndjson', '-'], { input: ['no json', LINES[0], '', '{"message":"x"}', '{"id":1,"msg":"x"}', '{"id":2,"message":404}', '["x"]'].join('\n') });
  expect(code).toBe(1);
  expect(stdout).toMatch(/^ID +CLASS +ACTION +SURE +RULE +FINGERPRINT +WHY\na +transient +retry_later +95 % +database-locked /);
  const [json, ...lines] = stderr.trim().split('\n');
  expect(json).toMatch(/^stdin:1 is no JSON/);
  expect(lines).toEqual([
    'stdin:4: it has no "id", only "message": put anything that names the line into "id"',
    'stdin:5: it has no "message", only "id", "msg": put what the error said into "message"',
    'stdin:6: "message" is 404: it must be a text',
    'stdin:7: ["x"] is no error: write {"id": …, "message": "…"}',
    expect.stringMatching(/^5 lines were left out; a line is /),
  ]);
});

test('a file that is not there is a mistake of usage', async () => {
  const at = folder([]);
  expect(await jobctl(path.join(at, 'data'), ['classify', '--ndjson', 'nowhere.ndjson'])).toMatchObject({ code: 2, stderr: expect.stringContaining('nowhere.ndjson cannot be read') });
});

test('the rules of jobs.yaml come first', async () => {
  const at = folder(LINES, { 'jobs.yaml': 'doctor:\n  rules:\n    - { contains: locked, class: code_bug, reason: ours }\njobs: {}' });
  const { stdout } = await jobctl(path.join(at, 'data'), ['--config', path.join(at, 'jobs.yaml'), 'classify', '--ndjson', path.join(at, 'errors.ndjson'), '--json']);
  expect(JSON.parse(stdout.split('\n')[0]!)).toMatchObject({ id: 'a', class: 'code_bug', by: 'operator', rule: 'doctor.rules[0]' });
  expect(fs.existsSync(path.join(at, 'data'))).toBe(false);
});
