/** The one item: gone, private, not for us, or broken. */
import { anyOf } from '../any-of.ts';
import type { Rule } from '../rule.ts';

export const items: readonly Rule[] = [
  {
    id: 'video-gone', class: 'item_specific', confidence: 0.95,
    when: { says: anyOf(
      /\b(?:video|clip|episode|track|post|tweet|article|account|user|profile|playlist|channel|media|recording|story|thread|submission|song|podcast|content)\b.{0,60}\b(?:removed|deleted|private|unavailable|not available|no longer (?:available|exists?)|does not exist|doesn't exist|taken down|terminated|copyright|not found|been (?:closed|archived|suspended)|has expired)/,
      /private video|video unavailable|(?:removed|deleted) by|has been (?:removed|deleted|withdrawn|unpublished)/,
    ) },
    unless: { says: /not a bot|rate[- ]limit|login required/i },
    reason: 'it was removed or is private', case: 'ERROR: [youtube] a1B2c3D4e5F: This video has been removed by the uploader',
  },
  {
    id: 'not-for-us', class: 'item_specific', confidence: 0.92,
    when: { says: anyOf(
      /(?:in|from) your (?:country|region|location|area)|geo[- ]?(?:restrict|block)|confirm your age|age[- ](?:restrict|gate|verif|limit)/,
      /inappropriate for|members?[- ]only|(?:channel|this)'?s? members|join this channel|subscribers? only|for subscribers/,
      /subscribe (?:now )?to (?:continue|read)|(?:premium|paid|exclusive) (?:member|content|article|subscriber|video)s?|paywall/,
      /requires (?:an? )?(?:\w+ )?(?:payment|purchase|subscription|premium|login)|\brent(?:al)?\b|password[- ]protected|--video-password/,
      /granted (?:you )?access|\bDRM\b|(?:is|are) protected|permission to embed|embedding|legal reasons|copyright grounds|patron/,
    ) },
    unless: { says: /your plan|\bapi\b|endpoint/i },
    reason: 'this one is not open to us: country, age, members, payment', case: 'ERROR: [youtube] a1B2c3D4e5F: The uploader has not made this video available in your country',
  },
  {
    id: 'nothing-to-take', class: 'item_specific', confidence: 0.88,
    when: { says: anyOf(
      /requested format/,
      /no (?:video|audio|suitable|media|playable|downloadable) (?:formats?|streams?|tracks?|could|found|files?|content|sources?)|no formats/,
      /unsupported url|no transcripts?|transcripts? (?:is |are )?(?:disabled|unavailable|not available)/,
      /subtitles? (?:is |are )?(?:disabled|unavailable|not available)|NoTranscript|TranscriptsDisabled|no (?:captions|subtitles)/,
      /comments? (?:are |is )?disabled|commentsDisabled|disabled comments|not contain any stream|does not (?:appear to )?contain/,
      /does not have an?\b|no security definition|no such (?!file|host|table|column|function|model|module)\w+|is not tradable/,
      /card was declined|no such element|unable to locate element/,
      /no (?:text|content|data|results?|articles?|images?|speech|price|matches?|items?|entries|speech|symbol|pages?)\b(?: \w+){0,3} (?:found|available|detected|returned|extracted|for)/,
      /possibly delisted|delisted|empty (?:document|file|response|result|content|transcript|page|feed|body|audio)|is empty|too short/,
      /nothing to (?:extract|do)/,
      /(?:symbol|ticker|instrument|isin|cusip|filing|user|repository|repo|subreddit|company)s?\b.{0,40}(?:not found|invalid|unknown|does(?:n't| not) exist|not (?:supported|recognized|exist))/,
      /(?:invalid|unknown|no such) (?:symbol|ticker|instrument|user|repository|subreddit|id|video|channel)|unable to detect/,
    ) },
    unless: { says: /candidate|environment|module|api[_ ]key|data found when/i },
    reason: 'this one does not have what is looked for', case: 'ERROR: [youtube] a1B2c3D4e5F: Requested format is not available. Use --list-formats',
  },
  {
    id: 'media-broken', class: 'item_specific', confidence: 0.92,
    when: { says: anyOf(
      /moov atom|invalid data found|could not find codec|invalid (?:frame|nal|argument|bitstream|sample)|\[\w+(?:,\w+)* @ 0x/,
      /(?:error|failed) (?:while )?(?:decoding|to decode|to read frame|reading header|opening input)|decode error|corrupt(?:ed|ion)?\b/,
      /truncated|header missing|unsupported (?:codec|file|format|image|media|audio|content|mime)/,
      /(?:invalid|unknown|unrecogni[sz]ed) (?:file|image|audio|media) ?(?:format|type)?/,
      /(?:file|format) (?:is |was )?not (?:supported|recogni[sz]ed|understood)|cannot identify image/,
      /could not process (?:image|audio|file|media)|could not be decoded|image (?:file )?is|audio file/,
      /bad (?:magic|zip|file|header|crc|compress)|BadZip|not a (?:zip|gzip|valid|pdf|feed|rss|json|image)|soundfile|libsndfile|librosa/,
      /no decoder|decod(?:e|ing)\w* (?:failed|error)|couldn't ?decode|end of file\b/,
    ) },
    unless: { says: /HTTP error|5XX|Server returned|database|No space|permission denied|unknown (?:en|de)coder/i },
    reason: 'this media file is broken, or of an unknown kind', case: '[mov,mp4 @ 0x564b] moov atom not found\nclip.mp4: Invalid data found when processing input',
  },
  {
    id: 'document-broken', class: 'item_specific', confidence: 0.9,
    when: { says: anyOf(
      /not well-?formed|mismatched tag|tag mismatch|unexpected close tag|unclosed|non-whitespace before|invalid character|entity (?:name|')/,
      /undefined entity|xml (?:parsing|parse|syntax)|XMLSyntax|ParseError|not a feed|no root|root (?:reference|object|element)|\/Root/,
      /Pdf\w*(?:Error|Exception)|PDF\w*Error|\bpdf\b|xref|EOF marker|startxref|decrypt|encrypted|No password|PasswordException/,
      /codec can't (?:de|en)code|Unicode(?:De|En)code|invalid (?:start|continuation) byte|invalid utf|byte sequence/,
      /malformed (?:xml|html|feed|document|csv|utf|input)|unexpected (?:element|tag|root)|feed (?:not recognized|is|could)|unterminated/,
      /document is empty|start tag expected|surrogate|charmap|error tokenizing|broken (?:document|file|archive)|attribute without|\bchar: /,
    ) },
    unless: { says: /in JSON|not found in|pdfinfo|poppler|codec.{0,10}not found|DPAPI/i },
    reason: 'this document is broken or encoded otherwise', case: { message: "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte", name: 'UnicodeDecodeError' },
  },
  {
    id: 'answer-is-no-json', class: 'transient', confidence: 0.6,
    when: { says: anyOf(
      /unexpected token '?<|<!doctype.{0,20}is not valid JSON|Expecting value: line 1 column 1|unexpected end of (?:JSON|input)/,
      /(?:invalid|not valid|no) json|JSONDecodeError.{0,20}char 0|content type.{0,40}(?:text\/html|unexpected)|UnreadableResponse/,
      /empty response/,
    ) },
    reason: 'an error page came in place of data', case: { message: "Unexpected token '<', \"<!DOCTYPE \"... is not valid JSON", name: 'SyntaxError' },
  },
  {
    id: 'json-broken', class: 'item_specific', confidence: 0.6,
    when: { says: anyOf(
      /in JSON at position|JSON at|JSONDecodeError|json parse|parse json|Expecting (?:value|property|',')|Extra data: line/,
      /Unterminated string|could not parse (?:llm|the|model|response|output)|OutputParser|parse (?:the )?(?:output|response|completion)/,
      /as JSON\b|Expected '[,:\]}"]|no object generated|did not match schema|NoObjectGenerated|JSONParseError|TypeValidation|ZodError/,
    ) },
    reason: 'what the model or the source wrote for this item cannot be read', case: { message: 'Could not parse LLM output: `I think the answer is`', name: 'OutputParserException' },
  },
  {
    id: 'redirects', class: 'item_specific', confidence: 0.8,
    when: { says: /too many redirects|TooManyRedirects|exceeded \d+ redirects|redirect(?:ion)? (?:loop|count|limit)|ERR_TOO_MANY_REDIRECTS/i },
    reason: 'this address leads in circles', case: { message: 'Exceeded 30 redirects.', name: 'TooManyRedirects' },
  },
  {
    id: 'file-missing', class: 'item_specific', confidence: 0.65,
    when: { says: /\bENOENT\b|no such file or directory|FileNotFound|NoSuchKey|key does not exist|object not found|EISDIR|ENOTDIR|ENAMETOOLONG|file ?name too long|does not exist/i },
    reason: 'a file of this item is not there', case: { message: "ENOENT: no such file or directory, open 'clip.wav'", code: 'ENOENT' },
  },
];
