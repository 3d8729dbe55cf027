/** Mistakes of the code: exceptions of the language, imports, output that is not what the stage promised. */
import { anyOf, wholly } from '../any-of.ts';
import type { Rule } from '../rule.ts';

export const code: readonly Rule[] = [
  {
    id: 'module-missing', class: 'code_bug', confidence: 0.95,
    when: { says: anyOf(
      /No module named|cannot import name|could not import|cannot find (?:module|package)/,
      /ERR_(?:MODULE_NOT_FOUND|REQUIRE_ESM|UNSUPPORTED_DIR_IMPORT|PACKAGE_PATH|UNKNOWN_FILE_EXTENSION)|MODULE_NOT_FOUND|ModuleNotFoundError/,
      /ImportError|does not provide an export|importing .{0,60}(?:no longer|deprecated)|require\(\) of ES|cannot use import statement/,
      /pip install|Package subpath|dynamic require|DeprecationWarning|APIRemoved|no longer supported in|removed in (?:version )?v?\d/,
      /undefined symbol|numpy\.dtype size|partially initialized module/,
    ) },
    unless: { says: /shared object|DLL load|openai_api_key/i },
    reason: 'the code asks for a module that is not there', case: { message: "No module named 'langchain.schema'", name: 'ModuleNotFoundError' },
  },
  {
    id: 'fetch-is-no-bug', class: 'transient', confidence: 0.7,
    when: { name: /^TypeError$/, says: /fetch failed|failed to fetch|load failed|networkerror|terminated$|UND_ERR/i },
    reason: 'fetch calls every broken connection a TypeError', case: { message: 'fetch failed', name: 'TypeError' },
  },
  {
    id: 'invalid-url', class: 'item_specific', confidence: 0.85,
    when: { says: anyOf(
      /ERR_INVALID_URL|invalid url\b|InvalidURL|InvalidSchema|MissingSchema|no connection adapters|no (?:scheme|host) supplied|invalid uri/,
      /failed to parse url|malformed url|unsupported (?:protocol|scheme)|only absolute urls|Cannot navigate to invalid/,
      /ERR_UNKNOWN_URL_SCHEME|not a valid url/,
    ) },
    reason: 'the address of this item is none', case: { message: 'Invalid URL', name: 'TypeError', code: 'ERR_INVALID_URL' },
  },
  {
    id: 'exception-of-language', class: 'code_bug', confidence: 0.93,
    when: { name: wholly(
      /TypeError|KeyError|AttributeError|NameError|UnboundLocalError|IndexError|ReferenceError|RangeError|EvalError|ZeroDivisionError/,
      /AssertionError|NotImplementedError|NotImplementedException|RecursionError|IndentationError|TabError|ArithmeticError|LookupError/,
      /NullPointerException|NullReferenceException|NoMethodError|ClassCastException|IllegalStateException|IndexOutOfBoundsException/,
      /ArrayIndexOutOfBoundsException|StopIteration|UndefinedError|(?:Template|Compile|Parse)?SyntaxError|UserWarning|DeprecationWarning/,
      /InternalError|ERR_ASSERTION/,
    ) },
    unless: { says: /fetch failed|failed to fetch|InternalServerError|JSON|token '?<|end of input|(?:KeyError: )?'?[A-Z][A-Z0-9]*_(?:KEY|TOKEN|SECRET)'?$/i },
    reason: 'an exception of the language itself: the code is wrong, whatever set it off', case: { message: "Cannot read properties of undefined (reading 'map')", name: 'TypeError' },
  },
  {
    id: 'words-of-language', class: 'code_bug', confidence: 0.9,
    when: { says: anyOf(
      /\b(?:TypeError|KeyError|AttributeError|ReferenceError|NameError|IndexError|UnboundLocalError): |cannot (?:read|set) propert/,
      /(?:undefined|null|None|NoneType|nil)\b.{0,20}(?:is not|has no|object)/,
      /is not (?:a function|iterable|defined|a constructor|subscriptable|callable|JSON serializable|an object|awaitable)|has no attribute/,
      /referenced before assignment|cannot access (?:local|free) variable|unexpected keyword argument|positional arguments?\b/,
      /missing \d+ required|list index|index (?:is )?out of (?:range|bounds)|string indices must|division by zero/,
      /maximum (?:recursion|call stack)|circular structure/,
      /(?:str|int|list|dict|float|bytes|object)'? (?:object|and '?(?:str|int|list|dict|float)|\(not)|unsupported operand|was never awaited/,
      /unhashable|not enough values to unpack|too many values to unpack|invalid literal for|could not convert string|assert(?:ion)? failed/,
      /falsy value|ERR_(?:ASSERTION|INVALID_ARG|INVALID_STATE|UNHANDLED|METHOD_NOT)\w*|running event loop|event loop is closed|panicked at/,
      /null pointer|segmentation fault|nil pointer|not implemented|Objects? of type|truth value|cannot unpack|must be of type/,
      /must be (?:str|bytes|int|float|list|dict)\b|expected \d+ arguments?|invalid (?:or illegal )?selector/,
      /expected (?:str|string|int|bytes|a string|list|dict|instance)\b|unexpected indent|invalid syntax|does not take|takes \d+ positional/,
      /Cannot destructure|before initialization|does not match format|unexpected (?:identifier|token (?!'?<|.{0,60}JSON))|ambiguous\.? use/,
    ) },
    unless: { says: /codec|in JSON|valid JSON|moov|fetch failed|invalid url|[A-Z]_(?:KEY|TOKEN|SECRET)\b/i },
    reason: 'the words of a mistake in the code', case: "Traceback: 'NoneType' object has no attribute 'text'",
  },
  {
    id: 'schema-of-ours', class: 'code_bug', confidence: 0.75,
    when: { says: /ValidationError|validation errors? for|field required|OutputMismatch|(?:schema|type) validation (?:failed|error)/i },
    unless: { status: [422], says: /\b422\b|ZodError/ },
    reason: 'data does not have the shape that the code declares', case: { message: '1 validation error for Facts: title Field required [type=missing]', name: 'ValidationError' },
  },
];
