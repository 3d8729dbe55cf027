import type { Report } from '../../handlers/npm/report.ts';

/** What dependency_watch says of a package, `lamp`, that is one major version behind. */
export function reportOn(fields: Partial<Report> = {}): Report {
  return {
    name: 'lamp', from: '1.0.0', to: '2.0.0', fromDate: '2025-01-01T00:00:00.000Z', toDate: '2026-01-31T00:00:00.000Z', within: null,
    distance: 'major', behind: { major: 1, minor: 0, patch: 0 }, releases: 1, milestones: [], score: 30, why: ['+30 a major version behind'],
    deprecated: null, breaking: [], security: [], changes: [], notes: '2.0.0: It is brighter.', notesFrom: 'changelog', about: 'A lamp for everybody',
    license: 'MIT', repository: 'https://github.com/owner/lamp', direct: true, dev: false, via: [], platform: false, ...fields,
  };
}
