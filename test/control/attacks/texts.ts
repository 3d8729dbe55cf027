/** Texts that would like to be markup, script, style, an address or the end of a quotation. `hacked()` is what they want to run. */
const CALL = 'hacked()';
const TAGS = [
  `<script>${CALL}</script>`, `<img src=x onerror=${CALL}>`, `<svg onload=${CALL}>`, `<svg><script>${CALL}</script></svg>`, `<iframe srcdoc="<script>parent.${CALL}</script>">`, `<iframe src="javascript:${CALL}">`, `<body onload=${CALL}>`,
  `<details open ontoggle=${CALL}>`, `<input autofocus onfocus=${CALL}>`, `<video><source onerror=${CALL}></video>`, `<math href="javascript:${CALL}">x</math>`, `<a href="javascript:${CALL}">x</a>`, `<form action="javascript:${CALL}"><button>x</button></form>`,
  `<object data="javascript:${CALL}">`, `<embed src="javascript:${CALL}">`, `<link rel=stylesheet href="http://evil.example/x.css">`, '<style>*{display:none}</style>', `<meta http-equiv=refresh content="0;url=http://evil.example">`, '<base href="http://evil.example/">',
  `<template><script>${CALL}</script></template>`, `<noscript><p title="</noscript><img src=x onerror=${CALL}>">`, `<marquee onstart=${CALL}>`, `<audio src=x onerror=${CALL}>`, `<portal src="javascript:${CALL}">`, `<isindex type=image src=1 onerror=${CALL}>`,
];
const BEFORE = ['', '">', "'>", '</title>', '</textarea>', '-->', ']]>', '</script>'];
const OTHERS = [
  `javascript:${CALL}`, `JaVaScRiPt:${CALL}`, `java\tscript:${CALL}`, `data:text/html,<script>${CALL}</script>`, `vbscript:${CALL}`, `{{constructor.constructor('${CALL}')()}}`, `\${${CALL}}`, `';${CALL};//`, `";${CALL};//`, `\\";${CALL};//`, '\u202egnp.exe\u202c', '\u0000<b>', '\u2028hacked()\u2029',
  '\ud83d\ude00'.repeat(60), 'مرحبا <b>بالعالم</b>', '𝒳'.repeat(60), 'W'.repeat(400), 'a\u0300'.repeat(200), '%3Cscript%3Ehacked()%3C/script%3E', '&lt;script&gt;hacked()&lt;/script&gt;', '\x1b[31mred\x1b]0;title\x07', '__proto__', 'constructor', '[object Object]', '${7*7}', "'; DROP TABLE item; --",
];

/** 226 of them. */
export const HOSTILE_TEXTS: readonly string[] = [...BEFORE.flatMap((before) => TAGS.map((tag) => before + tag)), ...OTHERS];
