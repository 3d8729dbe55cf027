/** What is wrong with the one request: too large, refused for its content, or badly written by the handler. */
import { anyOf } from '../any-of.ts';
import type { Rule } from '../rule.ts';

export const requests: readonly Rule[] = [
  {
    id: 'request-over-limit', class: 'item_specific', confidence: 0.95, when: { oversized: true },
    reason: 'this request alone is larger than the whole limit: no waiting cures that',
    case: 'Rate limit reached on tokens per minute (TPM): Limit 6000, Used 0, Requested 8210. Please try again in 22s.',
  },
  {
    id: 'context-length', class: 'item_specific', confidence: 0.95,
    when: { says: anyOf(
      /context[_ ](?:length|window)|maximum (?:context|number of tokens|token)/,
      /(?:prompt|input|message|text|content|document|request)s?(?: token count)?(?: \([\d,]+\))? (?:is |are |was )?(?:too (?:long|large)|exceeds? (?:the |\w+ )?(?:max|limit|token|context|length|model))/,
      /too many (?:input )?tokens|(?:string|input|array)_above_max_length|reduce (?:the length|your prompt)/,
      /longer than the (?:model|maximum)|token limit exceeded|exceeds? the (?:model'?s? )?(?:maximum|token limit|context)/,
    ) },
    unless: { says: /per[- ](?:minute|day|hour)|rate[_ ]limit/i },
    reason: 'the input is too long for the model', case: { message: '400 prompt is too long: 210000 tokens > 200000 maximum', status: 400 },
  },
  {
    id: 'request-too-large', class: 'item_specific', confidence: 0.9,
    when: { says: anyOf(
      /(?:request|entity|payload|file|body|image|attachment|message)s?(?: entity)?[_ ](?:is |size )?too[_ ](?:large|big|long)/,
      /(?:file|content|payload|image|body|upload) size (?:limit|exceed)|max(?:imum)?(?: content| file| body| upload)? size/,
      /exceeds? the (?:maximum|allowed|size)|too large for/,
    ) },
    unless: { says: /per[- ]minute/i },
    reason: 'what is sent is larger than the service takes', case: { message: 'Request Entity Too Large', status: 413 },
  },
  {
    id: 'content-refused', class: 'item_specific', confidence: 0.95,
    when: { says: anyOf(
      /content[_ ]?(?:filter|policy|management)|ResponsibleAI|safety (?:system|settings?|filter|rating)/,
      /(?:finish|block)_?reason\W{1,4}(?:\d+ \()?(?:SAFETY|RECITATION|PROHIBITED|BLOCKLIST|OTHER|SPII)|\bRECITATION\b|PROHIBITED_CONTENT/,
      /(?:blocked|flagged|rejected|refused|filtered)\b.{0,40}\b(?:safety|content|policy|moderation|inappropriate|sensitive)|moderation/,
      /I(?:'m| am) sorry|(?:can't|cannot|unable to) (?:assist|help) with|\brefus(?:ed|al)\b.{0,30}(?:answer|request|sorry|model)/,
      /violat\w+ (?:of )?(?:our|the|usage|content)?[\w' ]{0,20}(?:polic|guideline)|usage (?:polic|guideline)|SAFETY_/,
    ) },
    unless: { says: /your (?:account|organization|access) (?:has|was|is)/i },
    reason: "the provider's filter refuses what this item says", case: { message: 'The response was filtered due to the prompt triggering the content management policy.', code: 'content_filter', status: 400 },
  },
  {
    id: 'request-malformed', class: 'code_bug', confidence: 0.85,
    when: { says: anyOf(
      /unsupported[_ ](?:parameter|value)/,
      /(?:unknown|unrecognized|unexpected|extra|invalid)[_ ](?:parameter|argument|field|keyword|option|input)s?\b/,
      /invalid (?:schema|type for|function|tool)|missing required (?:parameter|argument|field|positional)|roles must alternate/,
      /extra inputs are not permitted|is not supported with this model|additionalProperties|invalid_function_parameters/,
      /(?:messages|tools|functions|response_format|max_tokens|temperature)(?:\.\w+|\[\d+\])*:? .{0,60}(?:must|required|should|expected|not (?:supported|allowed|permitted)|invalid)/,
      /tool_use|tool_call_id|Unknown name "|is a required (?:property|field)|(?:property|parameter) is required|invalid value for/,
      /expected an? (?:number|integer|string|array|object|boolean)\b/,
    ) },
    unless: { says: /tool_use_failed|symbol|ticker|url|date|invalid argument'?:? *$|API[_ ]key|context|image|audio|ffmpeg|\[\w+ @/i },
    reason: 'the handler asks for something that the service does not know: every request of it will fail', case: { message: "400 Unsupported parameter: 'max_tokens' is not supported with this model.", code: 'unsupported_parameter', status: 400 },
  },
];
