/** This machine: disk, memory, rights, programs, configuration. */
import { anyOf } from '../any-of.ts';
import type { Rule } from '../rule.ts';

export const machine: readonly Rule[] = [
  {
    id: 'disk-full', class: 'systemic', confidence: 0.97,
    when: { says: anyOf(
      /ENOSPC|EDQUOT|no space left/,
      /(?:disk|device|drive|volume|filesystem|database or disk|storage)(?: is| are)?(?: quota)? (?:full|exceeded|almost full|out of space)/,
      /disk quota|SQLITE_FULL|not enough (?:disk )?space|insufficient (?:disk|storage)|out of (?:disk )?space/,
    ) },
    reason: 'the disk is full', case: { message: 'ENOSPC: no space left on device, write', code: 'ENOSPC' },
  },
  {
    id: 'out-of-memory', class: 'systemic', confidence: 0.85,
    when: { says: anyOf(
      /out of memory|OutOfMemory|heap out of|heap limit|cannot allocate memory|unable to allocate|ENOMEM|MemoryError|OOM\b|oom-?kill/,
      /bad_alloc|memory (?:limit|exhausted|allocation)|exit(?:ed with)? code:? 137|SIGKILL|killed by signal 9|DefaultCPUAllocator/,
    ) },
    reason: 'there is not enough memory for the work', case: 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
  },
  {
    id: 'gpu', class: 'systemic', confidence: 0.85,
    when: { says: /CUDA (?:error|driver|is not|unavailable|initialization|version)|cudnn|libcu\w+|no kernel image|no CUDA|nvidia|NVML|cublas|GPU (?:is )?not|Torch not compiled with/i },
    reason: 'the graphics processor cannot be used', case: 'RuntimeError: CUDA error: no kernel image is available for execution on the device',
  },
  {
    id: 'store-broken', class: 'systemic', confidence: 0.95,
    when: { says: anyOf(
      /SQLITE_(?:CORRUPT|READONLY|CANTOPEN|IOERR|NOTADB|PERM|AUTH)|disk image is malformed|disk I\/O error|readonly database/,
      /read-?only (?:database|file ?system)|unable to open (?:the )?database|file is not a database|\bEROFS\b|\bEIO\b|input\/output error/,
      /database .{0,20}corrupt/,
    ) },
    reason: 'the storage itself is broken or may not be written', case: { message: 'database disk image is malformed', code: 'SQLITE_CORRUPT' },
  },
  {
    id: 'program-missing', class: 'systemic', confidence: 0.9,
    when: { says: anyOf(
      /spawn \S+ ENOENT|(?:^|\/)(?:ba|z|da)?sh\b.{0,40}not found|command not found/,
      /(?:ffmpeg|ffprobe|yt-dlp|youtube-dl|chrom\w+|chromedriver|tesseract|poppler|pdftotext|java|node|python3?|git|curl|docker|sox|pandoc|executable|binary|program|browser)(?: and ffmpeg)? (?:is |was |could )?(?:not (?:be )?(?:found|installed|on|in your)|doesn't exist|does not exist|missing)/,
      /executable (?:doesn't|file not found)|is not recognized as an internal|No such file or directory: '?[\w-]+'?$/,
      /cannot find (?:the )?(?:chrome|chromium|firefox|browser|binary|executable)|playwright install/,
      /(?:revision|browser|chrom\w+)\b.{0,20} not downloaded|(?:could not|cannot|can't) find (?:chrom\w+|firefox|browser)/,
      /session not created|only supports chrome|cookies database|DPAPI|(?:install|provide) .{0,30}(?:ffmpeg|the path)/,
      /cannot open shared object|error while loading shared libraries|DLL load failed|unknown (?:en|de)coder|is not installed or/,
      /not in your PATH|TesseractNotFound|PDFInfoNotInstalled|unable to get page count/,
    ) },
    unless: { says: /No module named|pip install|npm install [a-z@]|cannot find (?:module|package)/i },
    reason: 'a program that the work needs is missing on this machine', case: { message: 'spawn ffmpeg ENOENT', code: 'ENOENT' },
  },
  {
    id: 'not-configured', class: 'systemic', confidence: 0.88,
    when: { says: anyOf(
      /environment variable|env(?:ironment)? var|\.env\b/,
      /[A-Z][A-Z0-9]*_(?:API_)?(?:KEY|TOKEN|SECRET|URL|PASSWORD|ID|HOST)\b.{0,40}(?:not set|missing|required|undefined|not found|must be|is empty|not defined|unset|not provided)/,
      /(?:api[_ ]?key|apikey|token|credentials?|secret|client option|config\w*|setting)s?\b.{0,40}(?:must be (?:set|provided|passed|specified)|not (?:set|configured|provided|found|specified)|is (?:missing|required|empty)|(?:no|missing) (?:value|default))/,
      /(?:no|missing|set|provide|specify|pass|set your|export) (?:an? |the |your )?(?:api[_ ]?key|apikey|token|credentials?|secret|config\w* file)/,
      /not configured|invalid config\w*|config\w* (?:file |error|is )?(?:invalid|error|missing|not found)|misconfigur/,
      /KeyError: '[A-Z][A-Z0-9]*_[A-Z_]+'|^'?[A-Z][A-Z0-9]*_(?:KEY|TOKEN|SECRET|URL)'?$|address already in use|EADDRINUSE/,
      /port \d+ is (?:already )?in use|service account|host key verification/,
      /(?:database|bucket|keyspace|topic) "?'?\w+'?"? (?:does not|doesn't) exist|unknown database|NoSuchBucket/,
      /timestamp .{0,60}(?:ahead|outside|skew)|TimeTooSkewed|clock (?:is|skew)|MISCONF/,
    ) },
    reason: 'something is not configured', case: { message: 'The api_key client option must be set by setting the OPENAI_API_KEY environment variable', name: 'OpenAIError' },
  },
  {
    id: 'no-permission', class: 'systemic', confidence: 0.9,
    when: { says: /\bEACCES\b|\bEPERM\b|\[Errno 13\]|permission denied|PermissionError|operation not permitted|access is denied|not writ(?:e)?able|cannot write to|read-only/i },
    reason: 'this user may not touch that file', case: { message: "EACCES: permission denied, mkdir '/var/lib/out'", code: 'EACCES' },
  },
];
