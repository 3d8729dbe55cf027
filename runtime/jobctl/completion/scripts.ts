/**
 * What each shell needs to complete `jobctl`. The words come from `jobctl complete` itself, so that jobs and items are those of this
 * moment. `npx jobctl` is no command that a shell can complete, so each script defines `jobctl` where there is none.
 */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** `program`: the command line that runs jobctl, word by word. */
export const scripts: Record<Shell, (program: readonly string[]) => string> = {
  bash: (program) => `# jobctl for bash:  npx jobctl completion bash >> ~/.bashrc
type jobctl >/dev/null 2>&1 || jobctl() { ${quoted(program)} "$@"; }
_jobctl() {
  local IFS=$'\\n'
  COMPREPLY=($(${quoted(program)} complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1))
}
complete -o default -F _jobctl jobctl
`,
  zsh: (program) => `# jobctl for zsh, after compinit:  npx jobctl completion zsh >> ~/.zshrc
(( $+commands[jobctl] )) || jobctl() { ${quoted(program)} "$@" }
_jobctl() {
  local line
  local -a found
  for line in "\${(@f)$(${quoted(program)} complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] && found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  if (( $#found )); then _describe jobctl found; else _files; fi
}
compdef _jobctl jobctl
`,
  fish: (program) => `# jobctl for fish:  npx jobctl completion fish >> ~/.config/fish/config.fish
type -q jobctl; or function jobctl; ${quoted(program)} $argv; end
function __jobctl_complete
  set -l words (commandline -opc)[2..]
  ${quoted(program)} complete -- $words (commandline -ct) 2>/dev/null
end
complete -c jobctl -f -a '(__jobctl_complete)'
complete -c jobctl -l config -r -F
complete -c jobctl -l data -r -F
complete -c jobctl -l ndjson -r -F
`,
};

/** In single quotes, which mean the same to all three. */
function quoted(program: readonly string[]): string {
  return program.map((word) => (/^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}
