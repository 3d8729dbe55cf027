/** Keys, permission, money: what only the operator can mend. */
import { anyOf } from '../any-of.ts';
import type { Rule } from '../rule.ts';

export const accounts: readonly Rule[] = [
  {
    id: 'money-gone', class: 'systemic', confidence: 0.95,
    when: { says: anyOf(
      /insufficient[_ ](?:quota|credits?|funds?|balance|buying power|margin)|(?:credit|account|wallet|token) balance|out of credits?/,
      /(?:no|any|enough|insufficient|add|purchase|buy|more|remaining|available|all) (?:\w+ )?credits?\b|\b0 credits/,
      /credits? (?:remaining|are |have |has )?(?:been )?(?:exhausted|depleted|used|expired|required|limit)|spend(?:ing)?[-_ ](?:limit|cap)/,
      /billing[_ ](?:hard[_ ]limit|not active|account|limit)|billing (?:to be|is not|must be)? ?enabled/,
      /(?:enable|requires?|activate|inactive|check your) billing|payment[_ ](?:required|method|failed|past)|overdue|past due|unpaid/,
      /subscription (?:has )?(?:expired|ended|lapsed|inactive|required|canceled|cancelled|not active)/,
      /(?:trial|plan|license|licence) (?:has |period )?(?:expired|ended|over)|top up|hard limit|billing_not_active|PAYMENT_REQUIRED/,
      /exceeded your (?:current )?(?:credit|spend)/,
    ) },
    unless: { says: /video requires payment|to watch/i },
    reason: 'the account has no money or plan for this: nothing works until somebody pays', case: { message: 'Your credit balance is too low to access the API. Please go to Plans & Billing.', code: 'invalid_request_error', status: 400 },
  },
  {
    id: 'quota-is-plan', class: 'systemic', confidence: 0.85,
    when: { says: /exceeded your current quota.{0,20}check your plan and billing|limit: 0\b.{0,200}free_tier|free_tier.{0,200}limit: 0\b/i },
    unless: { says: /RESOURCE_EXHAUSTED|generativelanguage|per[_ ]?(?:day|minute)/i },
    reason: 'the plan holds no more: waiting does not refill it', case: { message: 'You exceeded your current quota, please check your plan and billing details.', status: 429 },
  },
  {
    id: 'account-closed', class: 'systemic', confidence: 0.95,
    when: { says: anyOf(
      /(?:account|organi[sz]ation|project|team|workspace|app(?:lication)?|api key|client|consumer|subscription|access)(?: \S+)? (?:has been|have been|is|was|are) (?:\w+ )?(?:suspended|disabled|deactivated|banned|blocked|terminated|locked|restricted|revoked|not active|inactive|deleted|on hold)/,
      /account_(?:deactivated|suspended|disabled|inactive)|(?:suspended|disabled|deactivated|locked) (?:account|user|key)/,
      /unsupported_country|(?:country|region|territory).{0,30}not supported|not (?:available|supported) in your (?:region|location)/,
      /User location is not supported/,
    ) },
    unless: { says: /\bvideo\b|account associated/i },
    reason: 'the account itself was closed or is not served', case: { message: 'Your account has been suspended. Please contact support.', status: 403 },
  },
  {
    id: 'key-refused', class: 'systemic', confidence: 0.95,
    when: { says: anyOf(
      /(?:invalid|incorrect|wrong|bad|missing|unknown|unauthorized|expired|revoked|no|malformed|blocked|leaked)[ _-](?:or (?:missing|invalid|expired) )?(?:x-)?(?:api|access|auth\w*|secret|bearer|session|refresh|security|client|consumer|app|csrf)?[ _-]?(?:keys?|tokens?|credentials?|signature|apikey|api_key|secret|password|login)\b/,
      /(?:api|access|auth\w*|secret|bearer|session|refresh|security)[ _-]?(?:keys?|token|credentials?)(?: \S+){0,3}? (?:is |was |has |has been |have been |you provided )*(?:not valid|invalid|incorrect|expired|revoked|missing|required|rejected|not (?:found|recognized|provided|authorized))/,
      /API_KEY_INVALID|invalid_api_key|(?:un|not )auth(?:enticated|ori[sz]ed)\b/,
      /authentication[_ ](?:error|failed|failure|required|credentials)|auth(?:entication|ori[sz]ation)? (?:has )?fail|AuthFailure/,
      /could not (?:authenticate|validate credentials)|login (?:required|failed)/,
      /(?:please|must|need to) (?:log ?in|re-?authenticate|authenticate|sign in)|not logged in|invalid_(?:grant|client|token)/,
      /token (?:has |is |was |have )?(?:been )?(?:expired|revoked|invalid)|(?:expired|revoked)(?:_| )?token/,
      /token (?:included in the request )?is (?:expired|invalid)|ExpiredToken|UnrecognizedClient|InvalidClientTokenId|SignatureDoesNotMatch/,
      /InvalidAccessKeyId|NoCredentials|locate credentials|access credentials|Access Key Id|Authentication(?:Error|Failed|Exception)/,
      /password not accepted|credentials? (?:were )?not accepted|password authentication failed/,
      /(?:cookies|session) (?:are|is|have|has) (?:\w+ )*(?:expired|invalid|no longer valid)|invalid session|Bad credentials/,
      /401 Unauthorized|redirect_uri|invalid_scope|app's request|not_authed|account_inactive|invalid_auth|token_(?:revoked|expired)/,
    ) },
    unless: { says: anyOf(
      /\bvideo\b.{0,80}(?:private|age|member|inappropriate|granted)|content warning|members?-only|confirm your age|bad access|well-?formed/,
      /bot was blocked|permission[_ -]denied: \/|git@/,
    ) },
    reason: 'the key or login is refused: it is the same for every item', case: { message: 'HTTP 401 {"error":"Invalid API key."}', status: 401 },
  },
  {
    id: 'model-not-served', class: 'systemic', confidence: 0.95,
    when: { says: anyOf(
      /\bmodel(?:_not_found|_decommissioned|s)?\b.{0,80}\b(?:decommissioned|deprecated|retired|sunset|(?:does|do) not exist|not[_ ]found|not (?:available|accessible|supported for|exist|enabled|allowed)|no longer (?:available|supported)|unavailable for|not have access|unknown)/,
      /model_(?:not_found|decommissioned|not_available|deprecated)|not_found_error.{0,60}model/,
      /(?:unknown|invalid|no such|unsupported|deprecated) (?:model|engine|deployment)|(?:engine|deployment) not found/,
      /(?:don't|do not|does not) have access to (?:the |this )?model|deployment for this resource does not exist|DeploymentNotFound/,
      /is not a valid model|model id\b.{0,60}(?:not|isn't) supported|accept the (?:\w+ )*(?:conditions|terms|licen[cs]e|agreement)/,
      /pipeline is private or gated|gated (?:repo|model)|restricted.{0,40}ask for access|models?\/\S+ is not found/,
      /(?:can't|cannot|could not) (?:find|load) (?:\w+ )?model\b/,
    ) },
    reason: 'the model was removed, or this account may not use it', case: { message: 'The model `tiny-1` has been decommissioned and is no longer supported.', code: 'model_decommissioned', status: 400 },
  },
  {
    id: 'not-permitted', class: 'systemic', confidence: 0.85,
    when: { says: anyOf(
      /permission[-_ ]?denied|PERMISSION_DENIED|access[-_ ]?(?:is )?denied|AccessDenied/,
      /insufficient[_ ](?:permissions?|scopes?|privileges?)/,
      /(?:don't|do not|does not|doesn't) have (?:\w+ )?(?:permission|access|privileg|the required scope)/,
      /not (?:permitted|authori[sz]ed|entitled|allowed) to/,
      /(?:missing|required|requires?|lacks?) (?:\w+ )?(?:permission|scope|privilege|role)s?|has not been used in project/,
      /API (?:is |has )?(?:not enabled|disabled|not activated)|accessNotConfigured|(?:upgrade|subscribe) (?:your|to a|to the|plan)/,
      /(?:not|isn't) (?:available|included|supported|allowed|accessible) (?:\w+ )?(?:on|in|for|with|under) (?:your|the|this) (?:current )?(?:\w+ )?(?:plan|tier|subscription|account)/,
      /(?:under|with|in) your (?:current )?(?:subscription|plan)/,
      /(?:premium|paid|enterprise|higher|exclusive) (?:endpoint|plan|tier|feature|query|subscription)|special endpoint|legacy endpoint/,
      /IP (?:address )?(?:is )?not (?:allowed|whitelisted)|not whitelisted|no (?:\w+ ){0,3}permissions?\b|member of an organi[sz]ation/,
      /not entitled|\bforbidden\b/,
    ) },
    unless: { says: /daily|per[- ]day|rate limit|\bvideo\b|premium (?:member|content|article)|(?:download video data|fragment)/i },
    reason: 'the account may not do this: it is the same for every item', case: { message: 'Access denied: you do not have permission to call this method', status: 403 },
  },
];
